# warren_static_program(<name> ARCH <arch> [DYNAMIC] [FLAGS flag...] [INCLUDE folder...] [FOLDERS folder...] [SOURCES file...])
#
# Build a static program inside this build with another compiler: one per processor, compiler and optimisation level, so that
# their output can be compared. The target is <name>, built by default; <name>_COMMAND is the command line that runs it, with
# its emulator where it needs one. When the compiler or the emulator is missing, <name>_COMMAND is empty (an error when CI is set).
#
#   ARCH      gcc, clang (this machine), aarch64, s390x
#   DYNAMIC   link the C library dynamically after all (the memory checker wants that)
#
#   warren_static_program(plan-s390x ARCH s390x FLAGS -O2 FOLDERS engine/src sim/src tools/plan INCLUDE engine/include sim/include)
#   if(plan-s390x_COMMAND)
#       warren_test(cross.plan-s390x COMMAND ${plan-s390x_COMMAND} LABELS cross)
#   endif()

set(warren_cross_gcc gcc)
set(warren_cross_clang clang-19)
set(warren_cross_aarch64 aarch64-linux-gnu-gcc qemu-aarch64)
set(warren_cross_s390x s390x-linux-gnu-gcc qemu-s390x)

function(warren_static_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "DYNAMIC" "ARCH" "FLAGS;INCLUDE;FOLDERS;SOURCES")
    set(${name}_COMMAND "" PARENT_SCOPE)
    set(tools "")
    foreach(tool IN LISTS warren_cross_${arg_ARCH})
        find_program(WARREN_TOOL_${tool} ${tool})
        if(NOT WARREN_TOOL_${tool})
            if(NOT "$ENV{CI}" STREQUAL "")
                message(FATAL_ERROR "${tool} is missing; ${name} needs it (tools/setup)")
            endif()
            message(STATUS "${tool} is missing: ${name} is not built (tools/setup)")
            return()
        endif()
        list(APPEND tools ${WARREN_TOOL_${tool}})
    endforeach()
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
                    -fno-builtin-bcmp "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" ${arg_FLAGS} ${arg_INCLUDE}
                    -MD -MF "${object}.d" -c "${source}" -o "${object}"
            DEPENDS "${source}"
            DEPFILE "${object}.d"
            COMMENT "${name}: ${relative}"
            COMMAND_EXPAND_LISTS VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    add_custom_command(OUTPUT "${directory}/${name}"
        COMMAND ${compiler} ${arg_FLAGS} $<$<NOT:$<BOOL:${arg_DYNAMIC}>>:-static> ${objects} -o "${directory}/${name}"
        DEPENDS ${objects}
        COMMENT "${name}"
        COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${name} ALL DEPENDS "${directory}/${name}")
    set(${name}_COMMAND ${tools} "${directory}/${name}" PARENT_SCOPE)
endfunction()
