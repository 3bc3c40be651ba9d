# The bed round the harnesses. Each of these builds what it needs in presets of its own, so they run one after the other.

set(bed "${PROJECT_SOURCE_DIR}/tools/test_fuzz")
file(GLOB ratchet CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/corpora/fuzz/coverage.txt")
warren_test(fuzz.tools COMMAND Python3::Interpreter -B "${bed}/test_fuzz.py" LABELS fuzz)
warren_test(fuzz.manifest COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --manifest-check LABELS fuzz)
warren_test(fuzz.short COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --check --jobs 2 LABELS fuzz)
warren_test(fuzz.repeat COMMAND Python3::Interpreter -B "${bed}/repeat.py" LABELS fuzz)
warren_test(fuzz.oss COMMAND Python3::Interpreter -B "${bed}/oss.py" LABELS fuzz)
warren_test(fuzz.pipeline COMMAND Python3::Interpreter -B "${bed}/pipeline.py" LABELS fuzz)
# Five broken engines are noticed by replaying the corpora, and a harmless edit is not.
warren_test(fuzz.sabotage
    COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/grade" --stages replay --again --out "${PROJECT_BINARY_DIR}/grade.jsonl"
            no-replay-check nonce-twice old-key-lives down-listens forged-response-ends-it harmless-heap-of-three LABELS fuzz)
# A machine that is so slow that every harness meets its bound (slice.py), and builds them before.
set_tests_properties(fuzz.short PROPERTIES TIMEOUT 3600)
set(serial fuzz.short fuzz.repeat fuzz.oss fuzz.pipeline fuzz.sabotage)
if(ratchet)
    warren_test(fuzz.coverage COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/fuzz" --coverage --ratchet LABELS fuzz)
    list(APPEND serial fuzz.coverage)
endif()
set_tests_properties(${serial} PROPERTIES RUN_SERIAL ON)
