# Checks the progress of a build: cmake -DSOURCE=<root> -P progress.cmake
# Steps are counted from 0, which must not end the script, errors pass unchanged, and what CMake says is left out.
cmake_policy(VERSION 3.25)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/progress.txt "[0/2] Re-checking\n-- GLOB mismatch!\n[1/2] Building a\nerror: b\n[2/2] Linking c\n")
execute_process(COMMAND sh ${SOURCE}/framework/setup/progress INPUT_FILE ${CMAKE_CURRENT_BINARY_DIR}/progress.txt
                ERROR_VARIABLE shown RESULT_VARIABLE code)
if(NOT code EQUAL 0 OR NOT shown STREQUAL "error: b\n")
  message(FATAL_ERROR "framework/setup/progress ended with ${code} and showed:\n${shown}")
endif()
