# What a user gets: the libraries that exist, their public headers, a CMake package. Never libwarren-test.a.
get_property(installed GLOBAL PROPERTY WARREN_INSTALLED)
if(installed)
    install(TARGETS ${installed} ARCHIVE)
endif()
install(DIRECTORY engine/include/warren DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(WARREN_SIM)
    install(DIRECTORY sim/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
endif()
