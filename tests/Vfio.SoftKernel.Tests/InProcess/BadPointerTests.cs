using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>A bad pointer is EFAULT and the process lives, whatever the call.</summary>
public sealed class BadPointerTests : IDisposable
{
    private const MmapProtection ReadWrite = MmapProtection.Read | MmapProtection.Write;
    private readonly Machine _machine = new("q35-intel");
    private readonly nint _page;

    public BadPointerTests()
    {
        // The second page is past the file's end: what begins in the first and reaches into it is half there. (A hole would be filled by the
        // next thread that maps something.)
        int fd = Calls.MemfdCreate("half", MemfdFlags.None);
        Calls.Ftruncate(fd, 4096);
        _page = Calls.Mmap(8192, ReadWrite, MmapFlags.Shared, fd, 0);
        Calls.Close(fd);
    }

    public static TheoryData<UapiFile, bool> Files => new()
    {
        { UapiFile.Iommufd, false }, { UapiFile.Container, false }, { UapiFile.Container, true }, { UapiFile.Group, false }, { UapiFile.Group, true },
        { UapiFile.Device, false }, { UapiFile.Device, true },
    };

    private SoftSystemCalls Calls => _machine.Calls;

    public void Dispose()
    {
        Calls.Munmap(_page, 8192);
        _machine.Dispose();
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_call_with_a_bad_argument_fails_and_the_process_lives(UapiFile kind, bool ready)
    {
        int[] opened = Open(kind, ready);
        foreach (UapiCall call in UapiCatalogue.Calls.Where(call => call.File == kind && call.Argument is not (UapiArgument.None or UapiArgument.Value)))
        {
            foreach (ulong address in new ulong[] { 0, 1, (ulong)_page + 4096, 0xffff_8000_0000_0000, ulong.MaxValue - 3 })
            {
                int result = Calls.Ioctl(opened[0], call.Number, (nuint)address);
                Assert.True(Expected(kind, ready, result), $"{call.Name} at 0x{address:x}: {Machine.Errors(result)}");
            }

            // The size is there and the rest is not.
            BitConverter.TryWriteBytes(MappedBytes.At(_page + 4092, 4), call.Size == 0 ? 0x41414141 : Math.Max(call.Size, call.MinimumSize));
            int half = Calls.Ioctl(opened[0], call.Number, (nuint)(_page + 4092));
            if (call.Argument is UapiArgument.Sized or UapiArgument.Argsz or UapiArgument.TextPointer)
            {
                Assert.True(Expected(kind, ready, half), $"{call.Name} across a page: {Machine.Errors(half)}");
            }
        }

        // Still there and still answering.
        Assert.Equal(0, Calls.Fstat(opened[0], out _));
        Close(opened);
    }

    [Fact]
    public void What_a_struct_has_beyond_ours_is_looked_at_to_its_end_however_long_its_caller_says_it_is()
    {
        ulong mapped = (2UL << 30) + (1 << 20);
        nint start = Calls.Mmap((nuint)mapped, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.True(start > 0, Machine.Errors(start));
        int device = Node("/dev/vfio/devices/vfio0");
        int iommufd = Node("/dev/iommu");

        Assert.Equal(Errno.EBADF, Ask((uint)mapped));
        MappedBytes.At(start + (nint)mapped - 1, 1)[0] = 1;
        Assert.Equal(Errno.E2BIG, Ask((uint)mapped));

        // The page after a hole is not zero either, and is never seen.
        Assert.Equal(0, Calls.Munmap(start + 0x10_0000, 0x1000));
        MappedBytes.At(start + 0x10_1000, 1)[0] = 1;
        Assert.Equal(Errno.EFAULT, Ask((uint)mapped));
        MappedBytes.At(start + 0xF_FFFF, 1)[0] = 1;
        Assert.Equal(Errno.E2BIG, Ask((uint)mapped));

        // Past the last address there is: access_ok comes before the first byte.
        Assert.Equal(Errno.EFAULT, new UserArgument(Calls.Task.Memory, UserMemory.End - (1 << 20)).CheckZeroed(0, uint.MaxValue));
        Calls.Munmap(start, (nuint)mapped);
        Close([device, iommufd]);

        // The same of both: VFIO_DEVICE_BIND_IOMMUFD's argsz and an iommufd call's size.
        Errno Ask(uint size)
        {
            BitConverter.TryWriteBytes(MappedBytes.At(start, 4), size);
            BitConverter.TryWriteBytes(MappedBytes.At(start + 8, 4), 9999);
            var bound = (Errno)(-Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, (nuint)start));
            BitConverter.TryWriteBytes(MappedBytes.At(start + 8, 4), 0);
            BitConverter.TryWriteBytes(MappedBytes.At(start + 4, 4), 9999);
            var destroyed = (Errno)(-Calls.Ioctl(iommufd, IommufdUapi.IOMMU_DESTROY, (nuint)start));
            BitConverter.TryWriteBytes(MappedBytes.At(start + 4, 4), 0);
            Assert.Equal(bound == Errno.EBADF ? Errno.ENOENT : bound, destroyed);
            return bound;
        }
    }

    [Fact]
    public void An_address_inside_a_struct_is_no_safer()
    {
        int[] opened = Open(UapiFile.Device, ready: true);
        int iommufd = opened[1];
        var alloc = new IommuIoasAlloc { Size = 12 };
        Assert.Equal(0, Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, StructBytes.AsBytes(ref alloc)));
        var attach = new VfioDeviceAttachIommufdPt { Argsz = 12, PtId = alloc.OutIoasId };
        Assert.Equal(0, Calls.Ioctl(opened[0], VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, StructBytes.AsBytes(ref attach)[..12]));
        foreach (ulong bad in new[] { 0UL, 4096UL, (ulong)_page + 4096, 0xffff_8000_0000_0000, ulong.MaxValue - 8191 })
        {
            var map = new IommuIoasMap
            {
                Size = 40,
                IoasId = alloc.OutIoasId,
                UserVa = bad,
                Length = 4096,
                Flags = IommufdUapi.IOMMU_IOAS_MAP_READABLE | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE,
            };
            Assert.Equal(-(int)Errno.EFAULT, Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_MAP, StructBytes.AsBytes(ref map)));

            var ranges = new IommuIoasIovaRanges { Size = 32, IoasId = alloc.OutIoasId, NumIovas = 8, AllowedIovas = bad };
            Assert.Equal(-(int)Errno.EFAULT, Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_IOVA_RANGES, StructBytes.AsBytes(ref ranges)));
        }

        // Half a page is there: nothing of it may stay mapped.
        var across = new IommuIoasMap
        {
            Size = 40,
            IoasId = alloc.OutIoasId,
            UserVa = (ulong)_page,
            Length = 8192,
            Flags = IommufdUapi.IOMMU_IOAS_MAP_READABLE,
        };
        Assert.Equal(-(int)Errno.EFAULT, Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_MAP, StructBytes.AsBytes(ref across)));
        Close(opened);
    }

    [Fact]
    public void A_devices_registers_cannot_be_pinned_for_another()
    {
        int[] opened = Open(UapiFile.Device, ready: true);
        nint bar = Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, opened[0], 0);
        if (bar > 0)
        {
            Assert.Equal(Errno.EFAULT, Calls.Task.Memory.Pin((ulong)bar, 4096, false, out _, out _));
            Calls.Munmap(bar, 4096);
        }

        Close(opened);
    }

    // A group without its container or a device that is not bound has its own errors for every call; elsewhere what is not implemented says so.
    private static bool Expected(UapiFile kind, bool ready, int result) => (Errno)(-result) switch
    {
        Errno.EFAULT => true,
        Errno.EINVAL => kind is UapiFile.Container or UapiFile.Device && !ready,
        Errno.ENOTTY => true,
        Errno.ENODEV => kind == UapiFile.Iommufd,
        _ => false,
    };

    private int[] Open(UapiFile kind, bool ready)
    {
        if (kind == UapiFile.Iommufd)
        {
            return [Node("/dev/iommu")];
        }

        if (kind == UapiFile.Device)
        {
            int device = Node("/dev/vfio/devices/vfio0");
            if (!ready)
            {
                return [device];
            }

            int iommufd = Node("/dev/iommu");
            var bind = new VfioDeviceBindIommufd { Argsz = 16, Iommufd = iommufd };
            Assert.Equal(0, Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind)[..16]));
            return [device, iommufd];
        }

        int container = Node("/dev/vfio/vfio");
        int group = Node("/dev/vfio/1");
        if (ready)
        {
            Assert.Equal(0, Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref container)));
            Assert.Equal(0, Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        }

        return kind == UapiFile.Group ? [group, container] : [container, group];
    }

    private int Node(string path)
    {
        int fd = Calls.Open(path, OpenFlags.ReadWrite);
        Assert.True(fd >= 0, $"{path}: {Machine.Errors(fd)}");
        return fd;
    }

    private void Close(int[] opened)
    {
        foreach (int fd in opened)
        {
            Assert.Equal(0, Calls.Close(fd));
        }

        Assert.Empty(Calls.FindLeaks());
    }
}
