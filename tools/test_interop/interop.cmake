# warren-tun beside other implementations. As root, on Linux, with the packages of the group interop; skipped elsewhere.

if(TARGET warren-tun)
    set(cases_go handshakes lengths roaming restart load many) # one rekey of two minutes is enough
    set(cases_kernel handshakes lengths roaming restart load many rekey)
    foreach(peer go kernel)
        warren_test(interop.${peer}
            COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/lab/interop" --tun $<TARGET_FILE:warren-tun> --peer ${peer} --skip ${cases_${peer}}
            LABELS interop)
        set_tests_properties(interop.${peer} PROPERTIES TIMEOUT 900)
    endforeach()
    # A few of its figures: a bench that finds nothing to measure fails.
    warren_test(interop.bench
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/bench-tun" --warren-tun $<TARGET_FILE:warren-tun> --skip
                --current /usr/bin/wireguard-go --seconds 1 --rounds 1 --only "^tcp-1-there|^udp-64|^idle|^memory-1000$$"
        LABELS interop)
endif()
