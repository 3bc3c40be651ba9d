# warren-tun beside other implementations. As root, on Linux, with the packages of the group interop; skipped elsewhere.

if(TARGET warren-tun)
    set(cases handshakes lengths roaming restart load many)
    set(interop Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/lab/interop" --tun $<TARGET_FILE:warren-tun> --skip)
    foreach(peer go kernel)
        warren_test(interop.${peer} COMMAND ${interop} --peer ${peer} ${cases} LABELS interop)
        set_tests_properties(interop.${peer} PROPERTIES TIMEOUT 900)
    endforeach()
    warren_test(interop.laned-go COMMAND ${interop} --peer go --lanes 3 handshakes lengths roaming load many LABELS interop)
    # Two minutes in which hardly anything is to be done: with all peers at once, and begun before the rest.
    warren_test(interop.rekey COMMAND ${interop} rekey LABELS interop)
    set_tests_properties(interop.rekey PROPERTIES TIMEOUT 600 COST 1000)
    # A few of its figures: a bench that finds nothing to measure fails.
    warren_test(interop.bench
        COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/bench-tun" --warren-tun $<TARGET_FILE:warren-tun> --skip
                --current /usr/bin/wireguard-go --seconds 1 --rounds 1 --only "^tcp-1-there|^udp-64|^idle|^memory-1000$$"
        LABELS interop)
endif()
