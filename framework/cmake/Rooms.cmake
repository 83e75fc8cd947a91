# Defines rooms and plugins as targets. Each room has its own include folder, so a target can include exactly the rooms
# that it links.
add_library(hourglass_api INTERFACE)
target_include_directories(hourglass_api INTERFACE ${CMAKE_SOURCE_DIR}/framework/api)
target_compile_features(hourglass_api INTERFACE cxx_std_20)

# Headers that most files include, read once at each of the two optimisation levels: g++ cannot use precompiled headers of
# another level. The preset `separate` does without, and so finds files that lack an include of their own.
set(standard_headers <algorithm> <array> <cmath> <cstddef> <cstdint> <cstring> <filesystem> <functional> <map> <memory>
                     <optional> <span> <stdexcept> <string> <string_view> <utility> <variant> <vector>)
file(GLOB api_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/framework/api/hourglass/*.hpp)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "// Precompiled headers only.\n")
foreach(level host numeric)
  add_library(hourglass_headers_${level} OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(hourglass_headers_${level} PRIVATE hourglass_api)
  target_precompile_headers(hourglass_headers_${level} PRIVATE ${standard_headers} ${api_headers})
endforeach()
target_link_libraries(hourglass_headers_host PRIVATE fmt::fmt)
target_precompile_headers(hourglass_headers_host PRIVATE <fmt/format.h> <sstream>)
target_compile_options(hourglass_headers_numeric PRIVATE ${HOURGLASS_NUMERIC})

# hourglass_level(TARGET NUMERIC): with NUMERIC true, TARGET is compiled for speed.
function(hourglass_level target numeric)
  if(numeric)
    target_compile_options(${target} PRIVATE ${HOURGLASS_NUMERIC})
    target_precompile_headers(${target} REUSE_FROM hourglass_headers_numeric)
  else()
    target_link_libraries(${target} PRIVATE fmt::fmt)
    target_precompile_headers(${target} REUSE_FROM hourglass_headers_host)
  endif()
endfunction()

# hourglass_room(NAME [NUMERIC] LINKS targets... PACKAGES public... PRIVATE_PACKAGES private... BATCH count): the library
# of framework/NAME. BATCH files are compiled together, so that shared headers and templates are compiled once. A NUMERIC
# room is compiled for speed.
function(hourglass_room name)
  cmake_parse_arguments(ROOM "NUMERIC" "BATCH" "LINKS;PACKAGES;PRIVATE_PACKAGES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/framework/${name}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/framework/cli/main.cpp)
  set(view ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/framework/${name} ${view}/${name} SYMBOLIC)
  set(room hourglass_${name})
  add_library(${room} STATIC ${sources})
  target_include_directories(${room} PUBLIC ${view})
  target_link_libraries(${room} PUBLIC ${ROOM_LINKS} ${ROOM_PACKAGES} PRIVATE ${ROOM_PRIVATE_PACKAGES})
  set_target_properties(${room} PROPERTIES UNITY_BUILD ${HOURGLASS_BATCHES} UNITY_BUILD_BATCH_SIZE ${ROOM_BATCH})
  hourglass_level(${room} ${ROOM_NUMERIC})
endfunction()

# hourglass_plugins(): one library for each plugins/KIND/NAME with sources. Of the host, a plugin can include only
# framework/api; an optional plugin.cmake in its folder links further libraries with
# `target_link_libraries(${plugin} PRIVATE ...)`. A library that it adds itself needs hourglass_level(), too. Libraries of
# plugins without sources are removed, because the program would load them.
function(hourglass_plugins)
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plugins/*/*)
  file(GLOB unwanted ${CMAKE_BINARY_DIR}/plugins/*.so)
  add_custom_target(plugins)
  foreach(folder ${folders})
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(NOT sources)
      continue()
    endif()
    cmake_path(GET folder FILENAME name)
    cmake_path(GET folder PARENT_PATH parent)
    cmake_path(GET parent FILENAME kind)
    set(plugin plugin_${kind}_${name})
    hourglass_plugin_library(${plugin} ${CMAKE_BINARY_DIR}/plugins ${kind}_${name} NUMERIC ${sources})
    if(EXISTS ${folder}/plugin.cmake)
      include(${folder}/plugin.cmake)
    endif()
    add_dependencies(plugins ${plugin})
    list(REMOVE_ITEM unwanted ${CMAKE_BINARY_DIR}/plugins/${kind}_${name}.so)
  endforeach()
  if(unwanted)
    file(REMOVE ${unwanted})
  endif()
  add_dependencies(hourglass plugins)
endfunction()

# hourglass_plugin_library(TARGET FOLDER FILE [NUMERIC] sources...): a module FOLDER/FILE.so that links only the API.
function(hourglass_plugin_library target folder file)
  cmake_parse_arguments(PLUGIN "NUMERIC" "" "" ${ARGN})
  add_library(${target} MODULE ${PLUGIN_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE hourglass_api)
  hourglass_level(${target} ${PLUGIN_NUMERIC})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${file} LIBRARY_OUTPUT_DIRECTORY ${folder})
endfunction()
