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
# Little time is spent in code that is not numeric, and -Og takes less time to compile than -O1.
set(CMAKE_CXX_FLAGS_RELEASE "-Og -DNDEBUG")
# Options for numeric code: loops are vectorised, and short ones unrolled so that sums stay in registers. -O3 takes a
# third longer to compile. No code reads errno or the flags of floating-point exceptions; without them, square roots and
# choices are vectorised.
set(HOURGLASS_NUMERIC -O2 -ftree-vectorize -fvect-cost-model=dynamic -fpeel-loops -fno-math-errno -fno-trapping-math)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  list(APPEND HOURGLASS_NUMERIC -march=x86-64-v3)  # AVX2; decision 0018
endif()
if(HOURGLASS_SANITIZE)
  list(REMOVE_ITEM HOURGLASS_NUMERIC -O2 -ftree-vectorize -fpeel-loops)  # instrumented code takes long to optimise
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Starts the compiler's garbage collection at 512 MiB; by default it takes a tenth of the compile time.
  add_compile_options(--param=ggc-min-heapsize=524288)
endif()

# Links three times as fast as the default linker.
find_program(GOLD_LINKER ld.gold)
if(GOLD_LINKER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=gold)
endif()

# -ffile-prefix-map removes paths from the binaries, so the same source gives the same bytes in any folder.
# -Wno-restrict: g++ 12 has false positives for std::string concatenation (GCC bug 105329).
add_compile_options(-Wall -Wextra -Werror -Wno-restrict -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)

set(HOURGLASS_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize, such as address,undefined")
if(HOURGLASS_SANITIZE)
  # -Wno-stringop-overflow: g++ 12 has false positives for fmt in instrumented code.
  add_compile_options(-fsanitize=${HOURGLASS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      -Wno-stringop-overflow)
  add_link_options(-fsanitize=${HOURGLASS_SANITIZE})
endif()

option(HOURGLASS_BATCHES "Compile several files in one go, which is faster but hides missing includes" ON)
