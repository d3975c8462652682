using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Vfio.Benchmarks;

// dotnet run -c Release --project bench/Vfio.Benchmarks -- --filter '*'      the yardsticks in C: make -C tests/c; artifacts/c/mmio
// dotnet run -c Release --project bench/Vfio.Benchmarks -- memory            bytes a live mapping costs
// dotnet run -c Release --project bench/Vfio.Benchmarks -- beside            DMA while another thread maps and unmaps
switch (args)
{
    case ["memory"]:
        MemoryPerMapping.Report();
        break;
    case ["beside"]:
        TranslationBesideMapping.Report();
        break;
    default:
        // In process: what is measured is built already, and a generated project would have to restore packages again.
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(
            args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
        break;
}
