# Tests: one executable per test file, one ctest name per executable.

find_package(Threads REQUIRED)
add_custom_target(thread-tests) # all that the thread preset builds

# A test that skips has not passed: configured with CI in the environment, skips of cmocka and of scripts (exit code 77) are
# failures.
if(NOT "$ENV{CI}" STREQUAL "")
    set(warren_skip FAIL_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
else()
    set(warren_skip SKIP_RETURN_CODE 77)
endif()

# warren_test(<ctest name> COMMAND program [argument...] LABELS label...)
function(warren_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND;LABELS")
    add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES
        LABELS "${arg_LABELS}"
        ${warren_skip}
        ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1")
endfunction()

# One cmocka program per test_<room>.c of a folder. A test that names threads gets the label that the thread preset runs.
function(warren_test_folder prefix)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDER;SUPPORT;INCLUDE;LINK")
    file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${arg_FOLDER}/test_*.c")
    warren_sources(support ${arg_SUPPORT})
    if(support AND tests)
        add_library(${prefix}-support STATIC ${support})
        list(TRANSFORM arg_INCLUDE PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE directories)
        target_include_directories(${prefix}-support PRIVATE ${directories})
        target_compile_definitions(${prefix}-support PRIVATE "WARREN_CORPORA=\"${PROJECT_SOURCE_DIR}/corpora\"")
        target_link_libraries(${prefix}-support PRIVATE warren-flags PkgConfig::cmocka)
        set(support_target ${prefix}-support)
    endif()
    foreach(source IN LISTS tests)
        cmake_path(GET source STEM name)
        string(REGEX REPLACE "^test_" "" room "${name}")
        warren_program(${prefix}-${name}
            SOURCES "${source}"
            INCLUDE ${arg_INCLUDE}
            DEFINE "WARREN_CORPORA=\"${PROJECT_SOURCE_DIR}/corpora\""
            LINK ${support_target} ${arg_LINK} PkgConfig::cmocka Threads::Threads)
        set(labels ${prefix})
        file(STRINGS "${source}" threads REGEX "include <(pthread|threads)\\.h>" LIMIT_COUNT 1)
        if(threads)
            list(APPEND labels thread)
            add_dependencies(thread-tests ${prefix}-${name})
        endif()
        warren_test(${prefix}.${room} COMMAND ${prefix}-${name} LABELS ${labels})
    endforeach()
endfunction()

warren_test_folder(engine
    FOLDER engine/test
    SUPPORT engine/test/support
    INCLUDE engine/include engine/src engine/record engine/testing engine/crypto engine/test engine/test/support
    LINK warren-test warren-record warren-boringssl warren-ipsecmb warren-sodium warren-portable warren warren-panic
         PkgConfig::jansson)

warren_test_folder(sim
    FOLDER sim/test
    SUPPORT sim/test/support
    INCLUDE sim/include sim/src engine/include engine/record sim/test sim/test/support
    LINK warren-scenario warren-sim warren-record warren-sodium warren-portable warren warren-panic)

# What threads of the driver have in common.
if(TARGET warren-tun)
    warren_program(tun-test_crew
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_crew.c" "${PROJECT_SOURCE_DIR}/tools/tun/crew.c"
        INCLUDE engine/include tools/tun
        LINK warren-sodium warren warren-panic PkgConfig::sodium PkgConfig::cmocka Threads::Threads)
    warren_test(tun.crew COMMAND tun-test_crew LABELS tun thread)
    add_dependencies(thread-tests tun-test_crew)
    warren_program(tun-test_wait
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_wait.c" "${PROJECT_SOURCE_DIR}/tools/tun/wait.c"
        INCLUDE engine/include tools/tun
        LINK PkgConfig::cmocka Threads::Threads)
    warren_test(tun.wait COMMAND tun-test_wait LABELS tun thread)
    set_tests_properties(tun.wait PROPERTIES RUN_SERIAL ON) # it looks at who has the processor
    add_dependencies(thread-tests tun-test_wait)
    warren_program(tun-test_handoff
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_handoff.c" "${PROJECT_SOURCE_DIR}/tools/tun/handoff.c"
            "${PROJECT_SOURCE_DIR}/tools/tun/ring.c" "${PROJECT_SOURCE_DIR}/tools/tun/memory.c" "${PROJECT_SOURCE_DIR}/tools/tun/log.c"
        INCLUDE engine/include tools/tun
        LINK PkgConfig::sodium PkgConfig::cmocka Threads::Threads)
    warren_test(tun.handoff COMMAND tun-test_handoff LABELS tun thread)
    add_dependencies(thread-tests tun-test_handoff)
endif()

# warren_tun_tests(<prefix> [LANES n] <file>.<Class>...): classes of tools/test_tun, each a test <prefix><class>. LANES: of drivers that
# a test leaves the choice to. Where system calls are refused a driver computes all the time, and a tracer with it: such a class runs
# alone, or two of them leave no processor to anybody.
function(warren_tun_tests prefix)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "LANES" "")
    foreach(case IN LISTS arg_UNPARSED_ARGUMENTS)
        string(REPLACE "." ";" case ${case})
        list(GET case 0 file)
        list(GET case 1 class)
        string(TOLOWER "${prefix}${class}" name)
        warren_test(${name}
            COMMAND ${CMAKE_COMMAND} -E env WARREN_TUN_LANES=${arg_LANES}
                ${Python3_EXECUTABLE} -B "${PROJECT_SOURCE_DIR}/tools/test_tun/${file}.py" $<TARGET_FILE:warren-tun> ${class}
            LABELS tun)
        if(class STREQUAL "Trouble")
            set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
        endif()
    endforeach()
endfunction()

# Sanitizers stand in the way of the driver's fence, and of running out of memory: these run where there are none.
if(TARGET warren-tun AND NOT WARREN_SANITIZE)
    warren_tun_tests(tun.fenced- test_trouble.Memory test_trouble.Secrets test_trouble.Trouble test_seeing.Capture test_tun.Traffic)
    warren_tun_tests(tun.fenced-laned- LANES 3 test_trouble.Trouble test_tun.Traffic)
    warren_tun_tests(tun.fenced- test_lanes.Crowd)
endif()

# What does not depend on the preset runs in one of them: the repository checks, and what a folder of tests brings as a CMake file
# of its own (programs by other compilers, for other processors).
if(WARREN_REPO)
    file(GLOB own CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/test/*.cmake" "${PROJECT_SOURCE_DIR}/sim/test/*.cmake"
        "${PROJECT_SOURCE_DIR}/tools/test_*/*.cmake")
    foreach(file IN LISTS own)
        include("${file}")
    endforeach()
    include(WarrenRepo)
elseif(NOT WARREN_SANITIZE) # what tools/grade and tools/mutate break is searched, too
    include("${PROJECT_SOURCE_DIR}/engine/test/dead_stack.cmake")
endif()
