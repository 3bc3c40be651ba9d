# Language, warnings, sanitizers. Everything here holds for every target of this project and for none of a parent project's.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# Asserts stay on in every build, so CMake's own -DNDEBUG goes.
foreach(language C CXX)
    foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
        string(REPLACE "-DNDEBUG" "" CMAKE_${language}_FLAGS_${type} "${CMAKE_${language}_FLAGS_${type}}")
    endforeach()
endforeach()

set(warren_warnings -Wall -Wextra -Wpedantic -Wconversion)
set(warren_warnings_c -Wshadow -Wstrict-prototypes -Wvla) # in C++ a function named like a struct is a "shadow"

# Presets set them also where no C++ is built; a mention keeps CMake from calling them unused.
set(warren_mentioned "${CMAKE_CXX_COMPILER}${CMAKE_CXX_FLAGS_NONE}")

# Paths of the machine stay out of the binaries: __FILE__ and debug information are relative to the repository.
add_library(warren-flags INTERFACE)
target_compile_options(warren-flags INTERFACE
    ${warren_warnings} "$<$<COMPILE_LANGUAGE:C>:${warren_warnings_c}>"
    $<$<BOOL:${WARREN_WERROR}>:-Werror>
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(WARREN_SANITIZE)
    target_compile_options(warren-flags INTERFACE
        -fsanitize=${WARREN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(warren-flags INTERFACE -fsanitize=${WARREN_SANITIZE})
endif()
