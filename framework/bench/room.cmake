# The Python scripts are embedded in the library.
foreach(script step products)
  set(file ${CMAKE_SOURCE_DIR}/framework/bench/pytorch_${script}.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  string(TOUPPER HOURGLASS_PYTORCH_${script} variable)
  file(READ ${file} ${variable})
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/framework/bench/pytorch_scripts.cpp.in ${CMAKE_BINARY_DIR}/bench/pytorch_scripts.cpp
               @ONLY)
target_sources(hourglass_bench PRIVATE ${CMAKE_BINARY_DIR}/bench/pytorch_scripts.cpp)
