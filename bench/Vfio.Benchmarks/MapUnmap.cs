using BenchmarkDotNet.Attributes;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.Benchmarks;

/// <summary>A pair of IOMMU_IOAS_MAP and UNMAP of 4 KiB, one device attached.</summary>
public class MapUnmap
{
    private const ulong Iova = 0x10_0000;
    private readonly byte[] _user = new byte[4096];
    private SoftMachine _machine = null!;
    private SoftMachine _outerMachine = null!;
    private KernelTask _task = null!;
    private IommufdFile _file = null!;
    private VfioDevice _device = null!;
    private DmaBuffer _buffer = null!;
    private Ioas _ioas = null!;

    /// <summary>Two machines: one for each seam.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _machine = new SoftMachine(SoftTopologies.Load("q35-intel"), VfioHost.Local.Calls);
        _task = new KernelTask(1, new ArrayMemory(_user, new PageBacking(4096)), new NoFiles(), Credentials.Root);
        _file = _machine.Iommufd.Open(default);
        IommuIoasAlloc alloc = new() { Size = 12 };
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_ALLOC, new UserArgument(StructBytes.AsBytes(ref alloc))));
        if (IommufdDevice.Bind(_file, _machine.Devices.First(d => d.DriverName == "vfio-pci"), out IommufdDevice? device) != Errno.None)
        {
            throw new InvalidOperationException("bind");
        }

        uint table = alloc.OutIoasId;
        Must(-(int)device!.Attach(ref table));
        StructBytes.TryWrite(
            _user,
            new IommuIoasMap
            {
                Size = 40,
                Flags = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA | IommufdUapi.IOMMU_IOAS_MAP_READABLE | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE,
                IoasId = alloc.OutIoasId,
                UserVa = 0x10000,
                Length = 4096,
                Iova = Iova,
            });
        StructBytes.TryWrite(_user.AsSpan(64), new IommuIoasUnmap { Size = 24, IoasId = alloc.OutIoasId, Iova = Iova, Length = 4096 });

        _outerMachine = new SoftMachine(SoftTopologies.Load("q35-intel"), VfioHost.Local.Calls);
        VfioHost host = new(new SoftSystemCalls(_outerMachine));
        _device = host.Open(new PciAddress(0, 0, 1, 0), new DevicePolicy(InterfaceChoice.Device));
        _buffer = _device.AllocateDma(4096);
        _ioas = _device.Ioas!;
    }

    /// <summary>Hands everything back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _device.Dispose();
        _outerMachine.Dispose();
        _machine.Dispose();
    }

    /// <summary>At the inner seam: array-backed user memory, one pinned backing. 500,000 a second is 2 us.</summary>
    [Benchmark]
    public void InnerSeam()
    {
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_MAP, new UserArgument(_task.Memory, 0)));
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_UNMAP, new UserArgument(_task.Memory, 64)));
    }

    /// <summary>The same by the library, through ISystemCalls: this process's memory, checked and pinned.</summary>
    [Benchmark]
    public void OuterSeam()
    {
        _ioas.MapFixed(0x80_0000, _buffer.Address, 4096);
        _ioas.Unmap(0x80_0000, 4096);
    }

    private static void Must(int answer)
    {
        if (answer != 0)
        {
            throw new InvalidOperationException(((Errno)(-answer)).ToString());
        }
    }
}
