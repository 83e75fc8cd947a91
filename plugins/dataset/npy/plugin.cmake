# The reader of the format, which npz also uses.
file(GLOB reader CONFIGURE_DEPENDS ${folder}/reader/*.cpp)
add_library(npy_reader STATIC ${reader})
target_include_directories(npy_reader PUBLIC ${folder}/reader)
target_link_libraries(npy_reader PUBLIC hourglass_api)
hourglass_level(npy_reader TRUE)
target_link_libraries(${plugin} PRIVATE npy_reader)
