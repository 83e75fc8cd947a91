# Language level, warnings, optimisation and sanitizers of every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG")
# The level of code that computes: loops are vectorised, and short ones unrolled so that sums stay in registers. -O3 is
# no faster and compiles twice as long.
set(HOURGLASS_NUMERIC -O2 -ftree-vectorize -fvect-cost-model=dynamic -fpeel-loops)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Collects the compiler's garbage from 512 MiB on; by default it does so from the start, a tenth of the whole time.
  add_compile_options(--param=ggc-min-heapsize=524288)
endif()

# Paths out of the binaries: the same source gives the same bytes in any folder.
# -Wno-restrict: g++ 12 warns of std::string concatenation without cause (GCC bug 105329).
add_compile_options(-Wall -Wextra -Werror -Wno-restrict -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)

set(HOURGLASS_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize, such as address,undefined")
if(HOURGLASS_SANITIZE)
  add_compile_options(-fsanitize=${HOURGLASS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HOURGLASS_SANITIZE})
endif()
