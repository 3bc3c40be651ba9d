# The bed round the harnesses. Each of these builds what it needs in presets of its own, so they run one after the other.

set(bed "${PROJECT_SOURCE_DIR}/tools/test_fuzz")
file(GLOB ratchet CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/corpora/fuzz/coverage.txt")
warren_test(fuzz.tools COMMAND Python3::Interpreter -B "${bed}/test_fuzz.py" LABELS fuzz)
warren_test(fuzz.manifest COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --manifest-check LABELS fuzz)
warren_test(fuzz.short COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --check --jobs 2 LABELS fuzz)
warren_test(fuzz.oss COMMAND Python3::Interpreter -B "${bed}/oss.py" LABELS fuzz)
set(serial fuzz.short fuzz.oss)
if(ratchet)
    warren_test(fuzz.coverage COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --coverage --ratchet LABELS fuzz)
    list(APPEND serial fuzz.coverage)
endif()
set_tests_properties(${serial} PROPERTIES RUN_SERIAL ON)
