# The reader of the format, which the sets that are published in it link as well.
file(GLOB reader CONFIGURE_DEPENDS ${folder}/reader/*.cpp)
add_library(idx_reader STATIC ${reader})
target_include_directories(idx_reader PUBLIC ${folder}/reader)
target_link_libraries(idx_reader PUBLIC hourglass_api PRIVATE ZLIB::ZLIB)
target_link_libraries(${plugin} PRIVATE idx_reader)
