# Rooms and plugins as targets. A room's headers are reached through a folder that holds that room alone, so that what a
# target may include is exactly what it links.
add_library(hourglass_api INTERFACE)
target_include_directories(hourglass_api INTERFACE ${CMAKE_SOURCE_DIR}/framework/api)
target_compile_features(hourglass_api INTERFACE cxx_std_20)

# hourglass_room(NAME LINKS targets... PACKAGES public... PRIVATE_PACKAGES private...): the library of framework/NAME.
function(hourglass_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;PACKAGES;PRIVATE_PACKAGES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/framework/${name}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/framework/cli/main.cpp)
  set(view ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/framework/${name} ${view}/${name} SYMBOLIC)
  add_library(hourglass_${name} STATIC ${sources})
  target_include_directories(hourglass_${name} PUBLIC ${view})
  target_link_libraries(hourglass_${name} PUBLIC ${ROOM_LINKS} ${ROOM_PACKAGES} PRIVATE ${ROOM_PRIVATE_PACKAGES})
endfunction()

# hourglass_plugins(): one library for each plugins/KIND/NAME with sources. A plugin sees framework/api and nothing else of the
# host; what more it links stands in an optional plugin.cmake beside it, as `target_link_libraries(${plugin} PRIVATE ...)`.
function(hourglass_plugins)
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plugins/*/*)
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
    hourglass_plugin_library(${plugin} ${CMAKE_BINARY_DIR}/plugins ${kind}_${name} ${sources})
    if(EXISTS ${folder}/plugin.cmake)
      include(${folder}/plugin.cmake)
    endif()
    add_dependencies(plugins ${plugin})
  endforeach()
  add_dependencies(hourglass plugins)
endfunction()

# hourglass_plugin_library(TARGET FOLDER FILE sources...): a module FOLDER/FILE.so that links the API alone.
function(hourglass_plugin_library target folder file)
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE hourglass_api)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${file} LIBRARY_OUTPUT_DIRECTORY ${folder})
endfunction()
