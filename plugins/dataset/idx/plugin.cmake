# The reader of the format, which the datasets published in it also use.
file(GLOB reader CONFIGURE_DEPENDS ${folder}/reader/*.cpp)
add_library(idx_reader STATIC ${reader})
target_include_directories(idx_reader PUBLIC ${folder}/reader)
target_link_libraries(idx_reader PUBLIC hourglass_api PRIVATE ZLIB::ZLIB)
hourglass_level(idx_reader TRUE)
target_link_libraries(${plugin} PRIVATE idx_reader)
