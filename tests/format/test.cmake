# Checks of the source text (format, layout and prose) and of the setup scripts.
add_test(NAME format COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -P ${CMAKE_CURRENT_SOURCE_DIR}/format/clang_format.cmake)
set_tests_properties(format PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
foreach(check layout progress prose stale_plugins targets)
  add_test(NAME ${check} COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -P ${CMAKE_CURRENT_SOURCE_DIR}/format/${check}.cmake)
endforeach()
