target_link_libraries(${plugin} PRIVATE idx_reader)
