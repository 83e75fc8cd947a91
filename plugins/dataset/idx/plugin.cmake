target_link_libraries(${plugin} PRIVATE ZLIB::ZLIB)
