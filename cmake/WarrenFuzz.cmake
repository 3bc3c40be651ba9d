# Harnesses: each fuzz/<name>.c becomes programs. A new file needs no edit here.
#
#   fuzz-<name>     the harness under the engine of WARREN_FUZZ_ENGINE: libFuzzer, AFL++ by afl-clang-fast, another's archive
#   rate-<name>     how many inputs a second it takes: fuzz/driver/rate.c; built when asked for
#   replay-<name>   the harness over files and folders, by any compiler: fuzz/driver/replay.c, and the test fuzz.<name>
#
# And fuzz-seed, of fuzz/seed: what the seeds of all of them are made by; the test fuzz.seeds compares.

file(GLOB harnesses CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/*.c")
set(fuzz_include fuzz/support engine/include engine/src engine/testing sim/include tools/wgconf)
set(fuzz_link warren-sim warren-record warren-test warren-boringssl warren-ipsecmb warren-sodium warren-portable
    warren warren-panic PkgConfig::sodium)
if(WARREN_TOOLS)
    list(PREPEND fuzz_link warren-scenario)
endif()

warren_sources(fuzz_support fuzz/support)
add_library(fuzz-support STATIC ${fuzz_support})
list(TRANSFORM fuzz_include PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE fuzz_directories)
target_include_directories(fuzz-support PRIVATE ${fuzz_directories})
target_link_libraries(fuzz-support PRIVATE warren-flags PkgConfig::sodium)

# What a harness cannot break is not slowed down: primitives are built for speed, without sanitizers and without feedback.
if(WARREN_FUZZ_ENGINE)
    separate_arguments(WARREN_FUZZ_ENGINE)
    if(NOT WARREN_FUZZ_ENGINE STREQUAL "-fsanitize=fuzzer") # an archive, of C++ in all likelihood
        enable_language(CXX)
        set(fuzz_linker CXX)
    else()
        set(fuzz_linker C)
    endif()
    file(GLOB primitives "${PROJECT_SOURCE_DIR}/engine/crypto/*/*.c" "${PROJECT_SOURCE_DIR}/engine/crypto/*/*/*.c")
    foreach(name box whole crypto recalled straight sum packets) # the memo remembers between inputs, too: as feedback that is noise
        list(APPEND primitives "${PROJECT_SOURCE_DIR}/fuzz/support/${name}.c")
    endforeach()
    foreach(name blake2s index) # no more than arithmetic on what they are given
        list(APPEND primitives "${PROJECT_SOURCE_DIR}/engine/src/${name}.c")
    endforeach()
    set_source_files_properties(${primitives} PROPERTIES
        COMPILE_OPTIONS "-O3;-fno-sanitize=all;-fno-sanitize-coverage=trace-pc-guard")
    # What judges gives no feedback: what the engine does is of interest, and what an input is read as.
    file(GLOB judges "${PROJECT_SOURCE_DIR}/sim/src/check_*.c")
    list(APPEND judges ${fuzz_support})
    list(REMOVE_ITEM judges ${primitives})
    list(FILTER judges EXCLUDE REGEX "/(say|confmodel)\\.c$")
    set_source_files_properties(${judges} PROPERTIES
        COMPILE_OPTIONS "-fno-sanitize=fuzzer-no-link;-fno-sanitize-coverage=trace-pc-guard")
endif()

function(warren_harness kind name source)
    warren_program(${kind}-${name}
        SOURCES ${source} ${ARGN}
        INCLUDE ${fuzz_include}
        DEFINE "FUZZ_HARNESS=\"${name}\""
        LINK fuzz-support wgconf ${fuzz_link})
    if(name STREQUAL capfile)
        target_link_libraries(${kind}-${name} PRIVATE capfile PkgConfig::pcap)
    elseif(name STREQUAL tun_gso)
        target_link_libraries(${kind}-${name} PRIVATE offload)
    endif()
endfunction()

if(WARREN_TESTS)
    warren_sources(fuzz_seed fuzz/seed)
    warren_program(fuzz-seed SOURCES ${fuzz_seed} INCLUDE ${fuzz_include} LINK fuzz-support wgconf ${fuzz_link})
    warren_test(fuzz.seeds COMMAND fuzz-seed --check corpora/fuzz LABELS fuzz)
endif()

foreach(source IN LISTS harnesses)
    cmake_path(GET source STEM name)
    file(STRINGS "${source}" needs_tools REGEX "include .(scenario/|reader\\.h)" LIMIT_COUNT 1)
    if(needs_tools AND NOT WARREN_TOOLS) # readers that lean on libraries
        continue()
    endif()
    if(WARREN_FUZZ_ENGINE)
        warren_harness(fuzz ${name} ${source})
        target_link_libraries(fuzz-${name} PRIVATE ${WARREN_FUZZ_ENGINE})
        set_target_properties(fuzz-${name} PROPERTIES LINKER_LANGUAGE "${fuzz_linker}")
        warren_harness(rate ${name} ${source} "${PROJECT_SOURCE_DIR}/fuzz/driver/rate.c")
        set_target_properties(rate-${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    if(WARREN_TESTS)
        warren_harness(replay ${name} ${source} "${PROJECT_SOURCE_DIR}/fuzz/driver/replay.c")
        set(folders "")
        foreach(folder corpora/fuzz/${name}/seed corpora/fuzz/${name}/grown corpora/regress/${name})
            if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}")
                list(APPEND folders ${folder})
            endif()
        endforeach()
        if(folders AND NOT name STREQUAL canary)
            warren_test(fuzz.${name} COMMAND replay-${name} ${folders} LABELS fuzz)
        endif()
    endif()
endforeach()

# What a harness of whole worlds records, the program replays.
if(WARREN_TESTS AND TARGET replay-sim_schedule AND TARGET warren)
    set(record "${PROJECT_BINARY_DIR}/schedule.wtr")
    warren_test(fuzz.record
        COMMAND sh -ec "\"$1\" --record \"$3\" corpora/fuzz/sim_schedule/seed/clock-0 && \"$2\" replay \"$3\"" sh
                $<TARGET_FILE:replay-sim_schedule> $<TARGET_FILE:warren> "${record}"
        LABELS fuzz)
endif()
