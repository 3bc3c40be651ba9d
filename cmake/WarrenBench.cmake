# The cases of libwarren-bench under Google Benchmark: C++ calling the C interface, which also proves the headers from C++.
file(GLOB bench CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/bench/*.cc")
if(bench)
    include(CheckLanguage)
    check_language(CXX)
    if(NOT CMAKE_CXX_COMPILER)
        message(FATAL_ERROR "a C++ compiler is missing; the benchmark needs it (Debian: g++, or tools/setup). "
                            "To build without: -DWARREN_BENCH=OFF")
    endif()
    enable_language(CXX)
    find_package(benchmark QUIET)
    if(NOT benchmark_FOUND)
        message(FATAL_ERROR "Google Benchmark is missing (Debian: libbenchmark-dev, or tools/setup). "
                            "To build without: -DWARREN_BENCH=OFF")
    endif()
    warren_program(warren-gbench
        SOURCES ${bench}
        INCLUDE engine/include engine/bench/include
        LINK warren-bench warren-sodium warren-portable warren warren-panic benchmark::benchmark PkgConfig::sodium)
endif()
