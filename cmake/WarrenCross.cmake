# warren_static_program(<name> ARCH <arch> [DYNAMIC] [FLAGS flag...] [INCLUDE folder...] [FOLDERS folder...] [SOURCES file...]
#                       [OBJECTS object...])
#
# Build a static program inside this build with another compiler: one per processor, compiler and optimisation level, so that
# their output can be compared. The target is <name>, built by default; <name>_COMMAND is the command line that runs it, with
# its emulator where it needs one. When the compiler or the emulator is missing, <name>_COMMAND is empty (an error when CI is set).
#
#   ARCH      gcc, clang (this machine), 32 (its 32 bits), aarch64, s390x
#   DYNAMIC   link the C library dynamically after all (the memory checker wants that; 32 bits always do)
#   OBJECTS   what warren_cross_objects(<other name> ...) of the same ARCH left in <other name>_OBJECTS, for many programs at once
#
#   warren_static_program(plan-s390x ARCH s390x FLAGS -O2 FOLDERS engine/src sim/src tools/plan INCLUDE engine/include sim/include)
#   if(plan-s390x_COMMAND)
#       warren_test(cross.plan-s390x COMMAND ${plan-s390x_COMMAND} LABELS cross)
#   endif()

set(warren_cross_gcc gcc)
set(warren_cross_clang clang-19)
set(warren_cross_32 clang-19)
set(warren_cross_aarch64 aarch64-linux-gnu-gcc qemu-aarch64)
set(warren_cross_s390x s390x-linux-gnu-gcc qemu-s390x)

# Debian's gcc of 32 bits (gcc-multilib) and its cross compilers exclude each other, so 32 bits are clang's, with clang's own
# support library; a C library to link statically needs gcc's.
# Headers of Linux itself (asm/) are the same for both, and stand in the folder of 64 bits only.
set(warren_cross_32_flags -m32 -idirafter /usr/include/x86_64-linux-gnu)
set(warren_cross_32_link --rtlib=compiler-rt --unwindlib=none)

# The compiler and what runs its programs into <out>; empty, and said, when something is missing.
function(warren_cross_tools out name arch)
    set(${out} "" PARENT_SCOPE)
    set(tools "")
    set(missing "")
    foreach(tool IN LISTS warren_cross_${arch})
        find_program(WARREN_TOOL_${tool} ${tool})
        if(NOT WARREN_TOOL_${tool})
            set(missing ${tool})
        endif()
        list(APPEND tools ${WARREN_TOOL_${tool}})
    endforeach()
    if(arch STREQUAL "32" AND NOT missing AND NOT WARREN_CROSS_32_WORKS) # asked once, for all its programs
        set(probe "${PROJECT_BINARY_DIR}/cross/probe-32")
        file(WRITE "${probe}.c" "#include <errno.h>\n#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n")
        execute_process(COMMAND ${tools} ${warren_cross_32_flags} ${warren_cross_32_link} "${probe}.c" -o "${probe}"
            RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        if(failed)
            set(missing "libc6-dev-i386 or libclang-rt-19-dev")
        else()
            set(WARREN_CROSS_32_WORKS TRUE CACHE INTERNAL "programs of 32 bits can be built")
        endif()
    endif()
    if(missing)
        if(NOT "$ENV{CI}" STREQUAL "")
            message(FATAL_ERROR "${missing} is missing; ${name} needs it (tools/setup)")
        endif()
        message(STATUS "${missing} is missing: ${name} is not built (tools/setup)")
        return()
    endif()
    set(${out} ${tools} PARENT_SCOPE)
endfunction()

# warren_cross_objects(<name> ARCH <arch> [FLAGS flag...] [INCLUDE folder...] [FOLDERS folder...] [SOURCES file...])
# The objects of sources, into <name>_OBJECTS.
function(warren_cross_objects name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "ARCH" "FLAGS;INCLUDE;FOLDERS;SOURCES")
    set(${name}_OBJECTS "" PARENT_SCOPE)
    warren_cross_tools(tools ${name} ${arg_ARCH})
    if(NOT tools)
        return()
    endif()
    list(POP_FRONT tools compiler)
    warren_sources(sources ${arg_FOLDERS})
    list(APPEND sources ${arg_SOURCES})
    list(TRANSFORM arg_INCLUDE PREPEND "-I${PROJECT_SOURCE_DIR}/")
    set(directory "${PROJECT_BINARY_DIR}/cross/${name}")
    file(MAKE_DIRECTORY "${directory}")
    set(objects "")
    foreach(source IN LISTS sources)
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE relative)
        string(REPLACE "/" "_" flat "${relative}")
        set(object "${directory}/${flat}.o")
        add_custom_command(OUTPUT "${object}"
            COMMAND ${compiler} -std=c17 ${warren_warnings} ${warren_warnings_c} $<$<BOOL:${WARREN_WERROR}>:-Werror>
                    -fno-builtin-bcmp "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
                    ${warren_cross_${arg_ARCH}_flags} ${arg_FLAGS} ${arg_INCLUDE}
                    -MD -MF "${object}.d" -c "${source}" -o "${object}"
            DEPENDS "${source}"
            DEPFILE "${object}.d"
            COMMENT "${name}: ${relative}"
            COMMAND_EXPAND_LISTS VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    set(${name}_OBJECTS ${objects} PARENT_SCOPE)
endfunction()

function(warren_static_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "DYNAMIC" "ARCH" "FLAGS;INCLUDE;FOLDERS;SOURCES;OBJECTS")
    set(${name}_COMMAND "" PARENT_SCOPE)
    warren_cross_tools(tools ${name} ${arg_ARCH})
    if(NOT tools)
        return()
    endif()
    list(POP_FRONT tools compiler)
    warren_cross_objects(${name} ARCH ${arg_ARCH} FLAGS ${arg_FLAGS} INCLUDE ${arg_INCLUDE} FOLDERS ${arg_FOLDERS}
        SOURCES ${arg_SOURCES})
    set(objects ${${name}_OBJECTS} ${arg_OBJECTS})
    set(static -static)
    if(arg_DYNAMIC OR arg_ARCH STREQUAL "32")
        set(static "")
    endif()
    set(directory "${PROJECT_BINARY_DIR}/cross/${name}")
    add_custom_command(OUTPUT "${directory}/${name}"
        COMMAND ${compiler} ${warren_cross_${arg_ARCH}_flags} ${warren_cross_${arg_ARCH}_link} ${arg_FLAGS} ${static} ${objects}
                -o "${directory}/${name}"
        DEPENDS ${objects}
        COMMENT "${name}"
        COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${name} ALL DEPENDS "${directory}/${name}")
    set(${name}_COMMAND ${tools} "${directory}/${name}" PARENT_SCOPE)
endfunction()
