# BoringSSL, in the folders of its own that Debian gives it: its names are those of another library.
#
#   warren_boringssl_room      the folder of the provider boringssl that is built
#   warren_boringssl_include   where its headers are
#   warren_boringssl_link      what it is linked with

set(warren_boringssl_room engine/crypto/boringssl/absent)
set(warren_boringssl_include "")
set(warren_boringssl_link "")
if(WARREN_BORINGSSL AND NOT CMAKE_CROSSCOMPILING)
    find_path(warren_boringssl_headers openssl/aead.h PATHS /usr/include/android NO_DEFAULT_PATH)
    find_library(warren_boringssl_library crypto PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android" NO_DEFAULT_PATH)
    if(warren_boringssl_headers AND warren_boringssl_library)
        set(warren_boringssl_room engine/crypto/boringssl/library)
        set(warren_boringssl_include "${warren_boringssl_headers}")
        set(warren_boringssl_link "${warren_boringssl_library}")
    else()
        message(STATUS "BoringSSL is missing: the provider boringssl is sodium (tools/setup engine)")
    endif()
endif()
mark_as_advanced(warren_boringssl_headers warren_boringssl_library)
