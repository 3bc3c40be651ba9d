# The driver between network namespaces, as wg, wg-quick, ping and strangers meet it. Needs root, /dev/net/tun and namespaces.
if(TARGET warren-tun)
    warren_program(tun-test_offload
        SOURCES "${PROJECT_SOURCE_DIR}/tools/test_tun/test_offload.c"
        LINK offload PkgConfig::cmocka)
    warren_test(tun.offload COMMAND tun-test_offload LABELS tun)
    foreach(case Usage Traffic Control Life Quick Many Recorded)
        string(TOLOWER "${case}" name)
        warren_test(tun.${name}
            COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_tun/test_tun.py" $<TARGET_FILE:warren-tun> ${case}
            LABELS tun)
    endforeach()
    warren_test(tun.live
        COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_tun/test_live.py" $<TARGET_FILE:warren-tun>
        LABELS tun)
    foreach(case Status Capture)
        string(TOLOWER "${case}" name)
        warren_test(tun.${name}
            COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_tun/test_seeing.py" $<TARGET_FILE:warren-tun> ${case}
            LABELS tun)
    endforeach()
    foreach(case Unit Trouble)
        string(TOLOWER "${case}" name)
        warren_test(tun.${name}
            COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_tun/test_trouble.py" $<TARGET_FILE:warren-tun> ${case}
            LABELS tun)
    endforeach()
endif()
