# Plugin libraries for the tests of the registry and of `hourglass plugins`, one folder per case.
set(fixtures ${CMAKE_CURRENT_SOURCE_DIR}/fixtures/plugins)
set(built ${CMAKE_BINARY_DIR}/test_plugins)
add_custom_target(plugin_fixtures)
foreach(user test_contract test_host test_experiment test_cli)
  if(TARGET ${user})
    add_dependencies(${user} plugin_fixtures)
  endif()
endforeach()

# hourglass_test_plugin(CASE FILE SOURCE): fixtures/plugins/SOURCE.cpp as test_plugins/CASE/FILE.so.
function(hourglass_test_plugin case file source)
  set(target test_plugin_${case}_${file})
  hourglass_plugin_library(${target} ${built}/${case} ${file} ${fixtures}/${source}.cpp)
  add_dependencies(plugin_fixtures ${target})
endfunction()

foreach(case wrong_version other_stamp no_symbol empty_list missing_dependency undefined_symbol throwing_list
             throwing_constructor duplicate bad_descriptions several hostile)
  hourglass_test_plugin(${case} noise_${case} ${case})
endforeach()
hourglass_test_plugin(published dataset_published published)
hourglass_test_plugin(same_name noise_first same_name)
hourglass_test_plugin(same_name noise_second same_name)
hourglass_test_plugin(moody task_moody moody)
hourglass_test_plugin(words task_words words)
hourglass_test_plugin(attacks attacks attacks)
foreach(name first second)
  hourglass_test_plugin(models noise_${name} model)
  target_compile_definitions(test_plugin_models_noise_${name} PRIVATE MODEL_NAME="${name}")
endforeach()

# Links a library that no run-time search path contains.
add_library(test_absent SHARED ${fixtures}/absent_library.cpp)
set_target_properties(test_absent PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${built}_absent)
target_link_libraries(test_plugin_missing_dependency_noise_missing_dependency PRIVATE test_absent)
set_target_properties(test_plugin_missing_dependency_noise_missing_dependency PROPERTIES SKIP_BUILD_RPATH ON)

file(CONFIGURE OUTPUT ${built}/not_a_library/noise_not_a_library.so CONTENT "This is a letter, not a library, although its name says so; it is as long as the start of one.\n" @ONLY)
