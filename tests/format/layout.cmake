# Checks rules of the source tree that neither the compiler nor clang-format enforces:
# cmake -DSOURCE=<root> -P layout.cmake
cmake_policy(VERSION 3.25)
set(problems "")

# Records a problem if a line of the file matches the regular expression.
function(refuse file expression message)
  file(STRINGS ${file} lines REGEX "${expression}")
  if(lines)
    file(RELATIVE_PATH name ${SOURCE} ${file})
    string(APPEND problems "  ${name}: ${message}\n")
    set(problems "${problems}" PARENT_SCOPE)
  endif()
endfunction()

file(GLOB_RECURSE framework ${SOURCE}/framework/*.[ch]pp)
file(GLOB_RECURSE plugins ${SOURCE}/plugins/*.[ch]pp)
file(GLOB_RECURSE tests ${SOURCE}/tests/*.[ch]pp)
list(LENGTH framework count)
if(count EQUAL 0)
  message(FATAL_ERROR "${SOURCE}/framework holds no C++ files; give the root of the source tree as -DSOURCE")
endif()

foreach(file ${framework} ${plugins} ${tests})
  file(READ ${file} start LIMIT 2)
  # If there is a header with the same name, its comment covers the source file.
  string(REGEX REPLACE "[.]cpp$" ".hpp" header ${file})
  if(NOT start MATCHES "^//" AND (header STREQUAL file OR NOT EXISTS ${header}))
    file(RELATIVE_PATH name ${SOURCE} ${file})
    string(APPEND problems "  ${name}: must open with a // comment that says what the file is for\n")
  endif()
endforeach()

foreach(file ${framework} ${plugins})
  if(NOT file MATCHES "^${SOURCE}/framework/compute/")
    refuse(${file} "^[ \t]*#[ \t]*include[ \t]*[<\"](oneapi/dnnl/)?dnnl" "only framework/compute may include oneDNN")
  endif()
endforeach()

# Only evaluation may read the test split, which is sealed for everything else (subject/data_splits.hpp).
foreach(file ${framework})
  if(NOT file MATCHES "^${SOURCE}/framework/(evaluate|subject)/")
    refuse(${file} "for_evaluation\\(" "only framework/evaluate may read the test split")
  endif()
endforeach()

# A plugin may include only the API ("hourglass/..."), libraries, and files of its own folder.
file(GLOB rooms RELATIVE ${SOURCE}/framework ${SOURCE}/framework/*)
list(REMOVE_ITEM rooms api cmake decisions)
list(JOIN rooms "|" room)
foreach(file ${plugins})
  refuse(${file} "^[ \t]*#[ \t]*include[ \t]*[<\"](framework/)?(${room})/" "a plugin may not include headers of the host")
  refuse(${file} "^[ \t]*#[ \t]*include[ \t]*[<\"]\\.\\./" "a plugin may not include files through ..")
endforeach()

# The host asks a plugin for its properties and never infers them from its name.
file(GLOB folders RELATIVE ${SOURCE}/plugins ${SOURCE}/plugins/*/*)
set(names "")
foreach(folder ${folders})
  cmake_path(GET folder FILENAME name)
  list(APPEND names ${name})
endforeach()
list(REMOVE_DUPLICATES names)
list(JOIN names "|" name)
if(names)
  foreach(file ${framework})
    refuse(${file} "([=!]= *\"(${name})\"|\"(${name})\" *[=!]=)" "framework/ may not compare a plugin's name")
  endforeach()
endif()

if(problems)
  message(FATAL_ERROR "the layout rules are broken:\n${problems}")
endif()
message("the layout rules hold")
