# The driver between network namespaces, as wg, wg-quick, ping and strangers meet it. Needs root, /dev/net/tun and namespaces.
if(TARGET warren-tun)
    warren_program(tun-test_offload
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_offload.c"
        LINK offload PkgConfig::cmocka)
    warren_test(tun.offload COMMAND tun-test_offload LABELS tun)
    warren_program(tun-test_datagrams
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_datagrams.c" "${PROJECT_SOURCE_DIR}/tools/tun/datagrams.c"
            "${PROJECT_SOURCE_DIR}/tools/tun/sockets.c" "${PROJECT_SOURCE_DIR}/tools/tun/paths.c" "${PROJECT_SOURCE_DIR}/tools/tun/log.c"
            "${PROJECT_SOURCE_DIR}/tools/tun/wait.c"
        INCLUDE engine/include tools/tun
        LINK PkgConfig::cmocka Threads::Threads)
    target_link_options(tun-test_datagrams PRIVATE -Wl,--wrap=sendmmsg)
    warren_test(tun.datagrams COMMAND tun-test_datagrams LABELS tun)
    warren_tun_tests(tun. test_tun.Usage test_tun.Traffic test_tun.Control test_tun.Life test_tun.Quick test_tun.Many test_tun.Recorded
        test_live.Live test_live.Steady test_live.Slices test_seeing.Status test_seeing.Capture test_outside.Outside test_outside.Started
        test_trouble.Unit test_trouble.Lacking test_trouble.Trouble
        test_lanes.Figures test_lanes.Refused test_lanes.Order test_lanes.Crowd test_lanes.Rekey)
    warren_tun_tests(tun.laned- LANES 3 test_tun.Traffic test_tun.Control test_tun.Life test_tun.Many test_live.Live test_live.Slices
        test_outside.Outside test_seeing.Capture test_trouble.Trouble)
    if(TARGET warren-forward)
        warren_test(tun.forward
            COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_tun/test_forward.py" $<TARGET_FILE:warren-forward>
            LABELS tun)
    endif()
endif()
