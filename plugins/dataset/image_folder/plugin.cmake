# The reader of pictures, which `hourglass apply` also uses.
file(GLOB reader CONFIGURE_DEPENDS ${folder}/reader/*.cpp)
add_library(picture_reader STATIC ${reader})
target_include_directories(picture_reader PUBLIC ${folder}/reader)
target_link_libraries(picture_reader PUBLIC hourglass_api PRIVATE JPEG::JPEG PNG::PNG)
hourglass_level(picture_reader TRUE)
target_link_libraries(${plugin} PRIVATE picture_reader)
