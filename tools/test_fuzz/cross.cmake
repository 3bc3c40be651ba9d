# The corpora on other machines: the harnesses for 32 bits and for s390x, which is big-endian, over the same inputs. libsodium is
# not there; fuzz/stand_in is, on the provider portable.

include(WarrenCross)
if(CMAKE_CROSSCOMPILING)
    return()
endif()

# What stays on this machine, and why.
set(fuzz_stays
    capfile                     # libpcap
    crypto_diff                 # libsodium is what it compares with
    scenario_text sim_schedule) # libfyaml

set(fuzz_cross_include fuzz/stand_in fuzz/support engine/include engine/src engine/testing tools/wgconf tools/offload)
file(GLOB fuzz_cross CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/*.c")
set(fuzz_cross_archs s390x)
if(CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL x86_64) # others have no 32 bits of their own
    list(APPEND fuzz_cross_archs 32)
endif()
foreach(arch IN LISTS fuzz_cross_archs)
    set(flags -O1 -g -Dwrn_crypto_sodium=wrn_crypto_portable)
    warren_cross_objects(fuzz-${arch} ARCH ${arch} FLAGS ${flags} INCLUDE ${fuzz_cross_include}
        FOLDERS engine/src engine/crypto/portable engine/panic engine/testing tools/wgconf tools/offload fuzz/support fuzz/stand_in)
    if(NOT fuzz-${arch}_OBJECTS)
        continue()
    endif()
    add_custom_target(fuzz-${arch} ALL DEPENDS ${fuzz-${arch}_OBJECTS})
    set(programs "")
    set(emulated "")
    foreach(source IN LISTS fuzz_cross)
        cmake_path(GET source STEM name)
        if(name IN_LIST fuzz_stays)
            continue()
        endif()
        set(program replay-${name}-${arch})
        warren_static_program(${program} ARCH ${arch} FLAGS ${flags} "-DFUZZ_HARNESS=\"${name}\"" INCLUDE ${fuzz_cross_include}
            SOURCES "${source}" "${PROJECT_SOURCE_DIR}/fuzz/driver/replay.c"
            OBJECTS ${fuzz-${arch}_OBJECTS})
        add_dependencies(${program} fuzz-${arch})
        if(name STREQUAL canary) # what fails there is found, so that finding nothing else means something
            warren_test(cross.fuzz-${arch}.control LABELS cross
                COMMAND sh -c "printf '\\0\\0\\0\\7' | \"$@\" -" sh ${${program}_COMMAND})
            set_tests_properties(cross.fuzz-${arch}.control PROPERTIES PASS_REGULAR_EXPRESSION "oracle: canary")
            continue()
        endif()
        list(POP_BACK ${program}_COMMAND file)
        if(${program}_COMMAND) # emulation is slow: of what was grown, so many inputs of each harness
            set(emulated --emulator ${${program}_COMMAND} --grown 100)
        endif()
        list(APPEND programs "${name}=${file}")
    endforeach()
    warren_test(cross.fuzz-${arch}
        COMMAND Python3::Interpreter -B "${PROJECT_SOURCE_DIR}/tools/test_fuzz/cross.py" ${emulated} ${programs}
        LABELS cross)
endforeach()

# And the stand-in gives what libsodium gives.
file(GLOB stand_in CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/stand_in/*.c")
add_library(fuzz-stand-in OBJECT ${stand_in})
target_include_directories(fuzz-stand-in PRIVATE "${PROJECT_SOURCE_DIR}/fuzz/stand_in" "${PROJECT_SOURCE_DIR}/engine/include")
target_link_libraries(fuzz-stand-in PRIVATE warren-flags)
target_compile_definitions(fuzz-stand-in PRIVATE
    sodium_init=stand_init crypto_scalarmult=stand_scalarmult crypto_scalarmult_base=stand_base
    crypto_aead_chacha20poly1305_ietf_encrypt=stand_seal crypto_aead_chacha20poly1305_ietf_decrypt=stand_open
    crypto_aead_xchacha20poly1305_ietf_encrypt=stand_xseal crypto_aead_xchacha20poly1305_ietf_decrypt=stand_xopen
    sodium_hex2bin=stand_hex2bin sodium_bin2hex=stand_bin2hex
    sodium_base642bin=stand_base642bin sodium_bin2base64=stand_bin2base64)
warren_program(fuzz-test_stand_in SOURCES "${PROJECT_SOURCE_DIR}/tools/test_fuzz/stand_in.c"
    LINK fuzz-stand-in warren-portable warren warren-panic PkgConfig::sodium)
warren_test(fuzz.stand-in COMMAND fuzz-test_stand_in LABELS fuzz)
