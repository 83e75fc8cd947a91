# The images are assembled into the library.
target_compile_options(${plugin} PRIVATE -Wa,-I${folder})
set_source_files_properties(${folder}/digits.cpp PROPERTIES OBJECT_DEPENDS ${folder}/digits.bin SKIP_UNITY_BUILD_INCLUSION ON)
