using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.Benchmarks;

/// <summary>
/// The inner seam, ready to map: a soft kernel's iommufd, an IOAS with one device attached, a caller whose memory is an array and whose pins lead to one
/// backing.
/// </summary>
internal sealed class AttachedIoas : IDisposable
{
    private const ulong MapAt = 0;
    private const ulong UnmapAt = 64;
    private readonly byte[] _user = new byte[4096];
    private readonly SoftMachine _machine = new(SoftTopologies.Load("q35-intel"), VfioHost.Local.Calls);
    private readonly KernelTask _task;
    private readonly IommufdFile _file;
    private readonly uint _ioas;

    /// <summary>A machine of its own.</summary>
    public AttachedIoas()
    {
        _task = new KernelTask(1, new ArrayMemory(_user, new PageBacking(1 << 20)), new NoFiles(), Credentials.Root);
        _file = _machine.Iommufd.Open(default);
        IommuIoasAlloc alloc = new() { Size = 12 };
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_ALLOC, new UserArgument(StructBytes.AsBytes(ref alloc))));
        _ioas = alloc.OutIoasId;
        Device = _machine.Devices.First(device => device.DriverName == "vfio-pci");
        if (IommufdDevice.Bind(_file, Device, out IommufdDevice? bound) != Errno.None)
        {
            throw new InvalidOperationException("bind");
        }

        uint table = _ioas;
        Must(-(int)bound!.Attach(ref table));
    }

    /// <summary>The device: its DMA goes through what is mapped here.</summary>
    public SoftDevice Device { get; }

    /// <summary>IOMMU_IOAS_MAP of 4 KiB.</summary>
    public void Map(ulong iova)
    {
        StructBytes.TryWrite(
            _user,
            new IommuIoasMap
            {
                Size = 40,
                Flags = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA | IommufdUapi.IOMMU_IOAS_MAP_READABLE | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE,
                IoasId = _ioas,
                UserVa = 0x10000,
                Length = 4096,
                Iova = iova,
            });
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_MAP, new UserArgument(_task.Memory, MapAt)));
    }

    /// <summary>IOMMU_IOAS_UNMAP of 4 KiB.</summary>
    public void Unmap(ulong iova)
    {
        StructBytes.TryWrite(_user.AsSpan((int)UnmapAt), new IommuIoasUnmap { Size = 24, IoasId = _ioas, Iova = iova, Length = 4096 });
        Must(_file.Ioctl(_task, IommufdUapi.IOMMU_IOAS_UNMAP, new UserArgument(_task.Memory, UnmapAt)));
    }

    /// <summary>Ends the machine.</summary>
    public void Dispose() => _machine.Dispose();

    private static void Must(int answer)
    {
        if (answer != 0)
        {
            throw new InvalidOperationException(((Errno)(-answer)).ToString());
        }
    }
}
