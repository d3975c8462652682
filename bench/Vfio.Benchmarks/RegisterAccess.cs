using BenchmarkDotNet.Attributes;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.Benchmarks;

/// <summary>A register: on an ordinary page through the accessor (C's is artifacts/c/mmio), through a region, and through pread.</summary>
public class RegisterAccess
{
    private readonly OrdinaryPage _page = new();
    private SoftMachine _machine = null!;
    private VfioDevice _device = null!;
    private Region _registers = null!;

    /// <summary>An ordinary page and a soft device.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _machine = new SoftMachine(SoftTopologies.Load("q35-intel"), VfioHost.Local.Calls);
        _device = new VfioHost(new SoftSystemCalls(_machine)).Open(new PciAddress(0, 0, 1, 0));
        _registers = _device.Bars[0];
        _registers.Read32(0);
    }

    /// <summary>Hands everything back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _device.Dispose();
        _machine.Dispose();
        _page.Dispose();
    }

    /// <summary>The accessor alone, 1000 times: the loop costs C the same.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public uint Read() => _page.Read(1000);

    /// <summary>As above.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public void Write() => _page.Write(1000);

    /// <summary>A region of the soft kernel's edu.</summary>
    [Benchmark]
    public uint SoftRegion() => _registers.Read32(0);
}
