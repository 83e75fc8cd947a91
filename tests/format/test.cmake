# Checks of the source text: format and layout.
add_test(NAME format COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -P ${CMAKE_CURRENT_SOURCE_DIR}/format/clang_format.cmake)
set_tests_properties(format PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: ")
add_test(NAME layout COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -P ${CMAKE_CURRENT_SOURCE_DIR}/format/layout.cmake)
