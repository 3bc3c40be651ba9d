# warren_embed(<C file> file...): the bytes of data files as a table of {name without extension, bytes, size}, so that a program
# needs no path to them. Written again whenever one of them changes.
function(warren_embed out)
    set(arrays "")
    set(rows "")
    foreach(file IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${file}")
        cmake_path(GET file STEM name)
        string(MAKE_C_IDENTIFIER "${name}" symbol)
        file(READ "${PROJECT_SOURCE_DIR}/${file}" bytes HEX)
        string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
        string(APPEND arrays "static const unsigned char text_${symbol}[] = {${bytes}};\n")
        string(APPEND rows "    {\"${name}\", text_${symbol}, sizeof text_${symbol}},\n")
    endforeach()
    file(CONFIGURE OUTPUT "${out}" CONTENT
        "#include \"bench.h\"\n\n${arrays}\nconst struct bench_text bench_texts[] = {\n${rows}    {0, 0, 0}};\n" @ONLY)
endfunction()
