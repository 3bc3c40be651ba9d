# Intel's multi-buffer library: only where it is, and only on the processor that it is for. It brings no pkg-config file.
#
#   warren_ipsecmb_room   the folder of the provider ipsec-mb that is built
#   warren_ipsecmb_link   what it is linked with

set(warren_ipsecmb_room engine/crypto/ipsec_mb/absent)
set(warren_ipsecmb_link "")
if(WARREN_IPSECMB AND NOT CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$"
   AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    include(CheckCSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES IPSec_MB)
    check_c_source_compiles("
        #include <intel-ipsec-mb.h>
        #if IMB_VERSION_NUM < IMB_VERSION(1, 3, 0)
        #error the self-test came with 1.3
        #endif
        int main(void) { return imb_get_mb_mgr_size() == 0 || !IMB_FEATURE_SELF_TEST_PASS; }" warren_has_ipsecmb)
    unset(CMAKE_REQUIRED_LIBRARIES)
    if(warren_has_ipsecmb)
        set(warren_ipsecmb_room engine/crypto/ipsec_mb/library)
        set(warren_ipsecmb_link IPSec_MB)
    else()
        message(STATUS "libipsec-mb (1.3 or later) is missing: the provider ipsec-mb is sodium (tools/setup engine)")
    endif()
endif()
