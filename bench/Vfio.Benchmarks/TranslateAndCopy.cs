using BenchmarkDotNet.Attributes;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;

namespace Vfio.Benchmarks;

/// <summary>A device's DMA: translation and copy beside the copy alone.</summary>
public class TranslateAndCopy
{
    private const ulong Iova = 0x10_0000;
    private byte[] _source = null!;
    private byte[] _target = null!;
    private DmaPort _port = null!;

    /// <summary>Bytes of one DMA.</summary>
    [Params(64, 4096, 65536)]
    public int Length { get; set; }

    /// <summary>One page table, one backing.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _source = new byte[Length];
        _target = new byte[Length];
        IommuUnit unit = new() { Name = "dmar0", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff };
        IommuDomain domain = unit.AllocateDomain();
        domain.Map(Iova, new PageBacking(1 << 20), 0, 1 << 20, Hardware.Iommus.DmaAccess.Read | Hardware.Iommus.DmaAccess.Write);
        _port = new DmaPort { Domain = domain, BusMaster = true };
    }

    /// <summary>memcpy.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _source.AsSpan().CopyTo(_target);

    /// <summary>The device reads.</summary>
    [Benchmark]
    public bool Read() => _port.TryRead(Iova + 128, _target);

    /// <summary>The device writes.</summary>
    [Benchmark]
    public bool Write() => _port.TryWrite(Iova + 128, _source);
}
