# warren-tun beside other implementations. As root, on Linux, with the packages of the group interop; skipped elsewhere.

if(TARGET warren-tun)
    foreach(peer go kernel)
        warren_test(interop.${peer}
            COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/lab/interop" --tun $<TARGET_FILE:warren-tun> --peer ${peer} --skip
            LABELS interop)
        set_tests_properties(interop.${peer} PROPERTIES TIMEOUT 240)
    endforeach()
endif()
