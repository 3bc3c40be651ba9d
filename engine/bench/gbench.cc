// The cases under Google Benchmark: for its flags, its statistics, and because a C++ file that includes every public header
// proves that they are C++.

#include <benchmark/benchmark.h>

#include "bench.h"
#include "warren/warren.h"

static void run(benchmark::State &state, const bench_case *c)
{
    void *world = c->begin(c);
    for (auto _ : state)
        c->run(world);
    c->end(world);
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * c->items);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < bench_case_count; i++)
        benchmark::RegisterBenchmark(bench_cases[i].name, run, &bench_cases[i]);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
