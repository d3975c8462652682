using BenchmarkDotNet.Attributes;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.Benchmarks;

/// <summary>A pair of IOMMU_IOAS_MAP and UNMAP of 4 KiB, one device attached, with others mapped already.</summary>
public class MapUnmap
{
    private const ulong First = 0x1_0000_0000;
    private AttachedIoas _inner = null!;
    private SoftMachine _outerMachine = null!;
    private VfioDevice _device = null!;
    private DmaBuffer _buffer = null!;
    private Ioas _ioas = null!;
    private ulong _iova;

    /// <summary>Mappings that live beside the one that comes and goes, at every second page.</summary>
    [Params(100, 1_000_000)]
    public int Live { get; set; }

    /// <summary>Two machines: one for each seam.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _inner = new AttachedIoas();
        _outerMachine = new SoftMachine(SoftTopologies.Load("q35-intel"), VfioHost.Local.Calls);
        _device = new VfioHost(new SoftSystemCalls(_outerMachine)).Open(new PciAddress(0, 0, 1, 0), new DevicePolicy(InterfaceChoice.Device));
        _buffer = _device.AllocateDma(4096);
        _ioas = _device.Ioas!;
        for (int i = 0; i < Live; i++)
        {
            ulong iova = First + ((ulong)i * 8192);
            _inner.Map(iova);
            _ioas.MapFixed(iova, _buffer.Address, 4096);
        }

        _iova = First + ((ulong)(Live / 2) * 8192) + 4096;
    }

    /// <summary>Hands everything back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _device.Dispose();
        _outerMachine.Dispose();
        _inner.Dispose();
    }

    /// <summary>At the inner seam: array-backed user memory, one pinned backing. A million a second is 1 us.</summary>
    [Benchmark]
    public void InnerSeam()
    {
        _inner.Map(_iova);
        _inner.Unmap(_iova);
    }

    /// <summary>As <see cref="InnerSeam"/>, and a device reads the page in between: the unmap then waits until no thread can be inside a translation (membarrier).</summary>
    [Benchmark]
    public bool InnerSeamUsed()
    {
        Span<byte> word = stackalloc byte[4];
        _inner.Map(_iova);
        bool read = _inner.Device.Model.Dma.TryRead(_iova, word);
        _inner.Unmap(_iova);
        return read;
    }

    /// <summary>The same by the library, through ISystemCalls: this process's memory, checked and pinned.</summary>
    [Benchmark]
    public void OuterSeam()
    {
        _ioas.MapFixed(_iova, _buffer.Address, 4096);
        _ioas.Unmap(_iova, 4096);
    }
}
