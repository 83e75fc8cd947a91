target_include_directories(${plugin} PRIVATE ${CMAKE_SOURCE_DIR}/plugins/bottleneck/variational)
