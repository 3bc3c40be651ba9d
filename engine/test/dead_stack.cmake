# No secret stays on the stack (P-161): dead_stack.c without sanitizers by gcc and by clang, optimised as what is shipped is.

include(WarrenCross)
if(CMAKE_CROSSCOMPILING)
    return()
endif()

foreach(compiler gcc clang)
    set(dead dead-stack-${compiler})
    warren_static_program(${dead} ARCH ${compiler}
        FLAGS -O2 -D_GNU_SOURCE
        INCLUDE engine/include engine/src engine/crypto
        FOLDERS engine/src engine/crypto/portable engine/panic
        SOURCES "${PROJECT_SOURCE_DIR}/engine/test/dead_stack.c" "${PROJECT_SOURCE_DIR}/engine/test/dead_stack_secrets.c")
    if(${dead}_COMMAND)
        warren_test(engine.${dead} COMMAND ${${dead}_COMMAND} LABELS engine)
    endif()
endforeach()
