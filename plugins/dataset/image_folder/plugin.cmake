target_link_libraries(${plugin} PRIVATE JPEG::JPEG PNG::PNG)
