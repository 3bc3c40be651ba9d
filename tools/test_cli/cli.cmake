# The program warren as its users meet it: from outside, scenario by scenario, and on other compilers and processors.

add_executable(warren-plan "${PROJECT_SOURCE_DIR}/tools/plan/plan.c" "${PROJECT_SOURCE_DIR}/tools/replay/player.c")
target_include_directories(warren-plan PRIVATE "${PROJECT_SOURCE_DIR}/engine/include" "${PROJECT_SOURCE_DIR}/sim/include"
    "${PROJECT_SOURCE_DIR}/tools/replay")
target_link_libraries(warren-plan PRIVATE warren-flags libwarren-sim libwarren-record libwarren-portable libwarren libwarren-panic)

foreach(case Usage Key Refused Check Run Diff Swarm Shrink Plan Replay Capture Compose Explain Import)
    string(TOLOWER "${case}" name)
    warren_test(cli.${name}
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/test_cli/test_cli.py" $<TARGET_FILE:warren> $<TARGET_FILE:warren-plan> ${case}
        LABELS cli)
endforeach()

foreach(case Many Sweep)
    string(TOLOWER "${case}" name)
    warren_test(cli.${name}
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/test_cli/test_sweep.py" $<TARGET_FILE:warren> ${case}
        LABELS cli)
endforeach()

warren_test(cli.conform
    COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/test_cli/test_conform.py" $<TARGET_FILE:warren> Conform
    LABELS cli)

# Every scenario that ships holds what it expects, and comes to the hash of the table.
file(GLOB scenarios CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/corpora/scenarios/*.yaml"
    "${PROJECT_SOURCE_DIR}/corpora/scenarios/golden/*.yaml" "${PROJECT_SOURCE_DIR}/corpora/scenarios/gotchas/*.yaml")
set(long hub-50-flood) # too much for sanitizers
foreach(file IN LISTS scenarios)
    cmake_path(GET file STEM name)
    if(WARREN_SANITIZE AND name IN_LIST long)
        continue()
    endif()
    warren_test(scenario.${name}
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/hash-table" --warren $<TARGET_FILE:warren> "${file}"
        LABELS scenario)
endforeach()

# Law 1: gcc and clang at -O0 and -O3, 32 bits, aarch64, big-endian s390x, both queues, both cryptos, alone or not: one hash.
if(WARREN_REPO)
    warren_test(cross.digest
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/hash-matrix" --quick --warren $<TARGET_FILE:warren> --out "${PROJECT_BINARY_DIR}/cross"
        LABELS cross)
endif()
