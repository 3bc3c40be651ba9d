# Constant time (P-37, P-162): ct_portable.c under valgrind's memory checker, built without sanitizers by gcc and by clang, as an
# optimiser leaves the code and as none does, because what the compiler makes of it is the question. WRNI_PUBLIC, which the
# portable provider puts where a secret becomes public (the verdict on a tag), tells the checker here.

include(WarrenCross)
find_program(WARREN_VALGRIND valgrind)
if(CMAKE_CROSSCOMPILING)
    return()
elseif(NOT WARREN_VALGRIND)
    if(NOT "$ENV{CI}" STREQUAL "")
        message(FATAL_ERROR "valgrind is missing; the constant-time tests need it (tools/setup)")
    endif()
    message(STATUS "valgrind is missing: no constant-time tests (tools/setup)")
    return()
endif()

foreach(compiler gcc clang)
    foreach(level O0 O3)
        set(ct ct-${compiler}-${level})
        warren_static_program(${ct} ARCH ${compiler} DYNAMIC
            # valgrind reads no newer debug information of clang's
            FLAGS -${level} -gdwarf-4 -include valgrind/memcheck.h
                "-DWRNI_PUBLIC(value)=((void)VALGRIND_MAKE_MEM_DEFINED(&(value),sizeof(value)))"
            INCLUDE engine/include engine/src
            FOLDERS engine/crypto/portable engine/panic
            SOURCES
                "${PROJECT_SOURCE_DIR}/engine/src/blake2s.c"
                "${PROJECT_SOURCE_DIR}/engine/src/bytes.c"
                "${PROJECT_SOURCE_DIR}/engine/src/kdf.c"
                "${PROJECT_SOURCE_DIR}/engine/test/ct_portable.c")
        if(${ct}_COMMAND)
            set(checker "${WARREN_VALGRIND}" --quiet --error-exitcode=9)
            warren_test(engine.${ct} COMMAND ${checker} ${${ct}_COMMAND} LABELS engine memcheck)
            # What leaks is found, so that finding nothing above means something.
            warren_test(engine.${ct}.control COMMAND ${checker} ${${ct}_COMMAND} control LABELS engine memcheck)
            set_tests_properties(engine.${ct}.control PROPERTIES
                PASS_REGULAR_EXPRESSION "depends on uninitialised.*Use of uninitialised")
        endif()
    endforeach()
endforeach()
