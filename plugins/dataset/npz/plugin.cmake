target_link_libraries(${plugin} PRIVATE npy_reader LibArchive::LibArchive)
