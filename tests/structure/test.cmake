# With sanitizers, g++ 12 has false positives in <regex>.
if(HOURGLASS_SANITIZE)
  target_compile_options(test_structure PRIVATE -Wno-maybe-uninitialized)
endif()
