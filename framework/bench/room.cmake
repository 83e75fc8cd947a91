# The Python script is embedded in the library.
set(script ${CMAKE_SOURCE_DIR}/framework/bench/pytorch_step.py)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
file(READ ${script} HOURGLASS_PYTORCH_STEP)
configure_file(${CMAKE_SOURCE_DIR}/framework/bench/pytorch_step.cpp.in ${CMAKE_BINARY_DIR}/bench/pytorch_step.cpp @ONLY)
target_sources(hourglass_bench PRIVATE ${CMAKE_BINARY_DIR}/bench/pytorch_step.cpp)
