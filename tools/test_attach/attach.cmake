# warren run --attach: real programs through simulated networks. What is refused needs nothing; the rest root, iperf3, curl and ssh.
foreach(case Refused Attached)
    string(TOLOWER "${case}" name)
    warren_test(attach.${name}
        COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_attach/test_attach.py" $<TARGET_FILE:warren> ${case}
        LABELS cli)
endforeach()
