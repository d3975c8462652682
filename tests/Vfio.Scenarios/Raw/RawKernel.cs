using System.Text;
using Vfio.Uapi;

namespace Vfio.Scenarios.Raw;

/// <summary>
/// The calls themselves, for questions about the contract that a library is there to keep its users from asking. Answers are the kernel's.
/// Whatever was opened is closed at the end, newest first.
/// </summary>
public sealed class RawKernel(ISystemCalls calls) : IDisposable
{
    /// <summary>IOMMU_IOAS_MAP_FIXED_IOVA, READABLE and WRITEABLE.</summary>
    public const uint FixedReadWrite
        = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA | IommufdUapi.IOMMU_IOAS_MAP_READABLE | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE;

    /// <summary>The edu function's node: it is bound to vfio-pci first on every machine.</summary>
    public const string Node = "/dev/vfio/devices/vfio0";

    private readonly Stack<int> _open = new();

    /// <summary>The calls.</summary>
    public ISystemCalls Calls { get; } = calls;

    /// <summary>Opens for reading and writing; fails the scenario when it cannot.</summary>
    public int Open(string path)
    {
        int fd = Calls.Open(path, OpenFlags.ReadWrite);
        ScenarioContext.Check(fd >= 0, $"open {path}: {ScenarioContext.Answer(fd)}");
        _open.Push(fd);
        return fd;
    }

    /// <summary>Keeps a descriptor that a call returned, to be closed with the rest.</summary>
    public int Keep(int fd)
    {
        if (fd >= 0)
        {
            _open.Push(fd);
        }

        return fd;
    }

    /// <summary>Closes now.</summary>
    public void Close(int fd)
    {
        int[] others = [.. _open.Where(open => open != fd).Reverse()];
        _open.Clear();
        foreach (int other in others)
        {
            _open.Push(other);
        }

        Succeeds("close", Calls.Close(fd));
    }

    /// <summary>ioctl with a struct, which is read and written.</summary>
    public int Ioctl<T>(int fd, uint request, ref T argument)
        where T : unmanaged
        => Calls.Ioctl(fd, request, StructBytes.AsBytes(ref argument));

    /// <summary>ioctl with a value.</summary>
    public int Ioctl(int fd, uint request, nuint value) => Calls.Ioctl(fd, request, value);

    /// <summary>IOMMU_IOAS_ALLOC: the new id.</summary>
    public uint AllocateIoas(int iommufd)
    {
        IommuIoasAlloc alloc = new() { Size = (uint)StructBytes.SizeOf<IommuIoasAlloc>() };
        Succeeds("IOMMU_IOAS_ALLOC", Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc));
        return alloc.OutIoasId;
    }

    /// <summary>IOMMU_VFIO_IOAS.</summary>
    public int CompatIoas(int iommufd, uint operation, ref uint ioas)
    {
        IommuVfioIoas argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuVfioIoas>(),
            IoasId = ioas,
            Op = (ushort)operation,
        };
        int answer = Ioctl(iommufd, IommufdUapi.IOMMU_VFIO_IOAS, ref argument);
        ioas = argument.IoasId;
        return answer;
    }

    /// <summary>IOMMU_IOAS_MAP; at a fixed IOVA, readable and writable unless told otherwise.</summary>
    public int Map(int iommufd, uint ioas, ulong address, ulong length, ulong iova, uint flags = FixedReadWrite)
    {
        IommuIoasMap map = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasMap>(),
            Flags = flags,
            IoasId = ioas,
            UserVa = address,
            Length = length,
            Iova = iova,
        };
        return Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_MAP, ref map);
    }

    /// <summary>IOMMU_IOAS_UNMAP; <paramref name="length"/> comes back as what was unmapped.</summary>
    public int Unmap(int iommufd, uint ioas, ulong iova, ref ulong length)
    {
        IommuIoasUnmap unmap = new() { Size = (uint)StructBytes.SizeOf<IommuIoasUnmap>(), IoasId = ioas, Iova = iova, Length = length };
        int answer = Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_UNMAP, ref unmap);
        length = unmap.Length;
        return answer;
    }

    /// <summary>IOMMU_DESTROY.</summary>
    public int Destroy(int iommufd, uint id)
    {
        IommuDestroy destroy = new() { Size = (uint)StructBytes.SizeOf<IommuDestroy>(), Id = id };
        return Ioctl(iommufd, IommufdUapi.IOMMU_DESTROY, ref destroy);
    }

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT.</summary>
    public int Detach(int device)
    {
        VfioDeviceDetachIommufdPt detach = new() { Argsz = 8 };
        return Ioctl(device, VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT, ref detach);
    }

    /// <summary>VFIO_IOMMU_MAP_DMA, readable and writable.</summary>
    public int MapType1(int container, ulong address, ulong length, ulong iova, uint flags = 3)
    {
        VfioIommuType1DmaMap map = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaMap>(),
            Flags = flags,
            Vaddr = address,
            Iova = iova,
            Size = length,
        };
        return Ioctl(container, VfioUapi.VFIO_IOMMU_MAP_DMA, ref map);
    }

    /// <summary>VFIO_IOMMU_UNMAP_DMA; <paramref name="length"/> comes back as what was unmapped.</summary>
    public int UnmapType1(int container, ulong iova, ref ulong length, uint flags = 0)
    {
        VfioIommuType1DmaUnmap unmap = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaUnmap>(),
            Flags = flags,
            Iova = iova,
            Size = length,
        };
        int answer = Ioctl(container, VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref unmap);
        length = unmap.Size;
        return answer;
    }

    /// <summary>VFIO_DEVICE_GET_REGION_INFO.</summary>
    public int RegionInfo(int device, uint index, out VfioRegionInfo info)
    {
        info = new() { Argsz = (uint)StructBytes.SizeOf<VfioRegionInfo>(), Index = index };
        return Ioctl(device, VfioUapi.VFIO_DEVICE_GET_REGION_INFO, ref info);
    }

    /// <summary>VFIO_DEVICE_GET_IRQ_INFO.</summary>
    public int IrqInfo(int device, uint index, out VfioIrqInfo info)
    {
        info = new() { Argsz = (uint)StructBytes.SizeOf<VfioIrqInfo>(), Index = index };
        return Ioctl(device, VfioUapi.VFIO_DEVICE_GET_IRQ_INFO, ref info);
    }

    /// <summary>VFIO_DEVICE_BIND_IOMMUFD: the device's id there.</summary>
    public int Bind(int device, int iommufd, out uint id)
    {
        VfioDeviceBindIommufd bind = new()
        {
            // Linux 6.12 knows 16 bytes and takes no more only where the rest is zero.
            Argsz = 16,
            Iommufd = iommufd,
        };
        int answer = Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, ref bind);
        id = bind.OutDevid;
        return answer;
    }

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT: <paramref name="table"/> comes back as the HWPT.</summary>
    public int Attach(int device, ref uint table)
    {
        VfioDeviceAttachIommufdPt attach = new() { Argsz = 12, PtId = table };
        int answer = Ioctl(device, VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, ref attach);
        table = attach.PtId;
        return answer;
    }

    /// <summary>IOMMU_HWPT_ALLOC for a device on an IOAS or a parent.</summary>
    public int AllocateHwpt(int iommufd, uint device, uint table, out uint hwpt)
    {
        IommuHwptAlloc alloc = new() { Size = (uint)StructBytes.SizeOf<IommuHwptAlloc>(), DevId = device, PtId = table };
        int answer = Ioctl(iommufd, IommufdUapi.IOMMU_HWPT_ALLOC, ref alloc);
        hwpt = alloc.OutHwptId;
        return answer;
    }

    /// <summary>VFIO_GROUP_SET_CONTAINER.</summary>
    public int SetContainer(int group, int container) => Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, ref container);

    /// <summary>VFIO_GROUP_GET_DEVICE_FD.</summary>
    public int GetDevice(int group, string address)
        => Keep(Calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, Encoding.UTF8.GetBytes(address + '\0')));

    /// <summary>The whole way by node: bound and attached to a fresh IOAS.</summary>
    public (int Iommufd, int Device, uint Id, uint Ioas) OpenByNode()
    {
        int iommufd = Open("/dev/iommu");
        int device = Open(Node);
        Succeeds("BIND", Bind(device, iommufd, out uint id));
        uint ioas = AllocateIoas(iommufd);
        uint table = ioas;
        Succeeds("ATTACH", Attach(device, ref table));
        return (iommufd, device, id, ioas);
    }

    /// <summary>The whole way by group, on a type1v2 container.</summary>
    public (int Container, int Group, int Device) OpenByGroup(string address)
    {
        int container = Open("/dev/vfio/vfio");
        int group = Open(GroupNode(address));
        Succeeds("SET_CONTAINER", SetContainer(group, container));
        Succeeds("SET_IOMMU", Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        return (container, group, Succeeds("GET_DEVICE_FD", GetDevice(group, address)));
    }

    /// <summary>VFIO_CHECK_EXTENSION(VFIO_DMA_CC_IOMMU): does the kernel say DMA is coherent?</summary>
    public int AsksCoherent(int fd) => Ioctl(fd, VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_DMA_CC_IOMMU);

    /// <summary>Ends the scenario when a call that must work does not.</summary>
    public static int Succeeds(string call, int answer)
    {
        ScenarioContext.Check(answer >= 0, $"{call}: {ScenarioContext.Answer(answer)}");
        return answer;
    }

    /// <summary>The group node of a function, by its iommu_group link.</summary>
    public string GroupNode(string address)
    {
        Span<byte> target = stackalloc byte[256];
        nint length = Calls.Readlink($"/sys/bus/pci/devices/{address}/iommu_group", target);
        ScenarioContext.Check(length > 0, $"{address} has no iommu_group");
        string link = Encoding.UTF8.GetString(target[..(int)length]);
        return $"/dev/vfio/{link[(link.LastIndexOf('/') + 1)..]}";
    }

    /// <summary>Closes what is left, newest first.</summary>
    public void Dispose()
    {
        while (_open.TryPop(out int fd))
        {
            _ = Calls.Close(fd);
        }
    }
}
