# engine/test/memcheck_<name>.c: programs that mark secrets as undefined (valgrind/memcheck.h) and then use them; the memory
# checker reports every branch and address that depends on one. Built here without sanitizers, by gcc and by clang, because what
# the compiler makes of constant-time code is the question. They use no cmocka and return 0 when all is well; an argument
# "control" makes them branch on a secret, which the checker must report. WRNI_PUBLIC, which the providers put where a secret
# becomes public (the verdict on a tag), tells the checker here.
file(GLOB programs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/test/memcheck_*.c")
find_program(WARREN_VALGRIND valgrind)
if(programs AND NOT WARREN_VALGRIND)
    if(NOT "$ENV{CI}" STREQUAL "")
        message(FATAL_ERROR "valgrind is missing (Debian: valgrind, or tools/setup)")
    endif()
    message(STATUS "valgrind is missing: no memcheck tests (tools/setup)")
elseif(programs)
    foreach(source IN LISTS programs)
        cmake_path(GET source STEM stem)
        string(REGEX REPLACE "^memcheck_" "" name "${stem}")
        foreach(compiler gcc clang)
            set(target memcheck-${name}-${compiler})
            warren_static_program(${target} ARCH ${compiler} DYNAMIC
                FLAGS -O2 -gdwarf-4 -include valgrind/memcheck.h
                    "-DWRNI_PUBLIC(value)=((void)VALGRIND_MAKE_MEM_DEFINED(&(value),sizeof(value)))"
                FOLDERS engine/src engine/crypto/portable engine/panic
                SOURCES "${source}"
                INCLUDE engine/include engine/src engine/crypto engine/crypto/portable engine/test/support)
            if(${target}_COMMAND)
                set(checker "${WARREN_VALGRIND}" --quiet --error-exitcode=9)
                warren_test(memcheck.${name}-${compiler} COMMAND ${checker} ${${target}_COMMAND} LABELS memcheck)
                warren_test(memcheck.${name}-${compiler}-control COMMAND ${checker} ${${target}_COMMAND} control LABELS memcheck)
                set_tests_properties(memcheck.${name}-${compiler}-control PROPERTIES
                    PASS_REGULAR_EXPRESSION "depends on uninitialised|Use of uninitialised")
            endif()
        endforeach()
    endforeach()
endif()
