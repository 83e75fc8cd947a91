# The plugins that show the reach of the API: fixtures/reach/NAME.cpp, each built as users build theirs.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fixtures/reach/*.cpp)
foreach(source ${sources})
  cmake_path(GET source STEM name)
  hourglass_plugin_library(test_reach_${name} ${CMAKE_BINARY_DIR}/test_plugins/reach ${name} ${source})
  add_dependencies(test_reach test_reach_${name})
endforeach()
