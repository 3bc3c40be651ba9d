# What a user gets: the libraries that exist, their public headers, warren.pc, the program with its manual page and completion.
# Never libwarren-test.a, never the toy provider.
get_property(installed GLOBAL PROPERTY WARREN_INSTALLED)
if(installed)
    install(TARGETS ${installed} ARCHIVE)
endif()
install(DIRECTORY engine/include/warren DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(WARREN_SIM)
    install(DIRECTORY sim/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "toy.h" EXCLUDE)
endif()
if(WARREN_SODIUM)
    file(RELATIVE_PATH warren_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/") # so that the tree can be moved
    configure_file(cmake/warren.pc.in warren.pc @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/warren.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
if(WARREN_TOOLS)
    file(GLOB manuals CONFIGURE_DEPENDS tools/man/*.1)
    install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    if(TARGET manual)
        install(FILES "${PROJECT_BINARY_DIR}/man/warren-scenario.5" DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
    endif()
    install(FILES tools/completion/warren DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
if(WARREN_TUN)
    install(FILES tools/man/warren-tun.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
    install(FILES tools/completion/warren-tun DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    # The unit names the program where it is installed, which is known only then (cmake --install --prefix).
    install(CODE "set(bindir \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
        configure_file(\"${PROJECT_SOURCE_DIR}/tools/tun/warren-tun@.service.in\" \"${PROJECT_BINARY_DIR}/warren-tun@.service\" @ONLY)
        file(INSTALL \"${PROJECT_BINARY_DIR}/warren-tun@.service\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")")
endif()

# An installed engine must be enough for the example: built outside, by pkg-config alone. Instrumented libraries would ask for more.
if(WARREN_TESTS AND WARREN_SODIUM AND NOT WARREN_SANITIZE AND NOT CMAKE_C_FLAGS_NONE MATCHES "coverage" AND EXISTS "${PROJECT_SOURCE_DIR}/engine/examples/embed.c")
    warren_test(repo.install
        COMMAND "${PROJECT_SOURCE_DIR}/engine/test/repo/install" "${PROJECT_BINARY_DIR}" "${CMAKE_C_COMPILER}"
        LABELS repo)
endif()
