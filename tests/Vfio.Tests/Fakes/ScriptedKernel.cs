using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Tests;

/// <summary>
/// A kernel with one device, as much of one as it takes to write down the order of the library's calls. Its own files are numbers from 100,000 on; eventfds, memfds and memory are
/// the host's.
/// </summary>
internal sealed partial class ScriptedKernel() : ForwardingSystemCalls(LibcSystemCalls.Instance)
{
    public const string DeviceNode = "/dev/vfio/devices/vfio0";
    public const string GroupNode = "/dev/vfio/7";
    public const string ContainerNode = "/dev/vfio/vfio";
    public const string IommufdNode = "/dev/iommu";
    private const int FirstFd = 100_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, string> _open = [];
    private int _nextFd = FirstFd;
    private uint _nextId = 1;
    private ulong _nextIova = 0x1000;

    /// <summary>What was called, in order.</summary>
    public List<string> Log { get; } = [];

    public delegate int? IoctlHook(string path, uint request, Span<byte> argument);

    /// <summary>Answers instead of success, by call.</summary>
    public Dictionary<string, int> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>VFIO_DMA_CC_IOMMU's answer on an iommufd whose compat IOAS is attached, and in a container.</summary>
    public int EnforcesCoherency { get; set; } = 1;

    public uint? CompatIoas { get; set; }

    public uint? AttachedIoas { get; private set; }

    public byte[] Config { get; } = new byte[4096];

    public byte[] Bar0 { get; } = new byte[0x2000];

    /// <summary>Answers a struct's ioctl before the usual does, by the file's path; null leaves it to the usual.</summary>
    public IoctlHook? OnIoctl { get; set; }

    /// <summary>How many ranges the address space has; each of 1 MiB, 2 MiB apart.</summary>
    public int RangeCount { get; set; } = 1;

    /// <summary>A new file of this kernel's own.</summary>
    public int NewFile(string path) => NewFd(path);

    /// <summary>What a file of this kernel's own was opened as.</summary>
    public string PathOfFile(int fd) => PathOf(fd);

    /// <summary>Writes a call down; its answer, or success.</summary>
    public int Record(string call) => Note(call);

    public IReadOnlyList<string> OpenPaths
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Values];
            }
        }
    }

    public override int Open(string path, OpenFlags flags)
    {
        int answer = Note($"open {path}");
        return answer < 0 ? answer : NewFd(path);
    }

    public override int Close(int fd)
    {
        lock (_lock)
        {
            if (!_open.Remove(fd, out string? path))
            {
                return base.Close(fd);
            }

            Log.Add($"close {path}");
            return 0;
        }
    }

    public override int Ioctl(int fd, uint request, nuint argument)
    {
        string path = PathOf(fd);
        switch (request)
        {
            case VfioUapi.VFIO_SET_IOMMU:
                return Note($"SET_IOMMU {argument}");
            case VfioUapi.VFIO_CHECK_EXTENSION when path == ContainerNode:
                return Note("CHECK_EXTENSION container", EnforcesCoherency);
            case VfioUapi.VFIO_CHECK_EXTENSION:
                int empty = CompatIoas is null ? -(int)Errno.ENODEV : CompatIoas == AttachedIoas ? EnforcesCoherency : 1;
                return Note("CHECK_EXTENSION iommufd", empty);
            case VfioUapi.VFIO_GROUP_UNSET_CONTAINER:
                return Note("UNSET_CONTAINER");
            case VfioUapi.VFIO_DEVICE_RESET:
                return Note("RESET");
            default:
                return -(int)Errno.ENOTTY;
        }
    }

    public override int Ioctl(int fd, uint request, Span<byte> argument) => OnIoctl?.Invoke(PathOf(fd), request, argument) ?? Usual(fd, request, argument);

    public override nint Pread(int fd, Span<byte> buffer, long offset)
    {
        Memory(offset).AsSpan((int)(offset & 0xffff), buffer.Length).CopyTo(buffer);
        return buffer.Length;
    }

    public override nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset)
    {
        int at = (int)(offset & 0xffff);
        byte[] memory = Memory(offset);
        if (memory == Config && at == 4)
        {
            bool was = (Config[4] & 4) != 0;
            bool on = (buffer[0] & 4) != 0;
            if (was != on)
            {
                Note(on ? "bus master on" : "bus master off");
            }
        }

        buffer.CopyTo(memory.AsSpan(at));
        return buffer.Length;
    }

    public override nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) =>
        fd >= FirstFd ? Note("mmap", -(int)Errno.EINVAL) : base.Mmap(length, protection, flags, fd, offset);

    public override int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) =>
        operation == EpollOperation.Modify && Answers.TryGetValue("epoll modify", out int answer) ? answer : base.EpollCtl(epoll, operation, fd, events, data);

    public override int GetMemlockLimit(out ulong bytes)
    {
        bytes = 64 << 10;
        return 0;
    }

    public override int Stat(string path, out FileStatus status)
    {
        status = default;
        return -(int)Errno.ENOENT;
    }

    public override int Access(string path, AccessMode mode) => -(int)Errno.ENOENT;

    public override nint Readlink(string path, Span<byte> target) => -(int)Errno.ENOENT;

    private delegate int Handler<T>(ref T argument);

    private static int With<T>(Span<byte> bytes, Handler<T> handler)
        where T : unmanaged
    {
        // The struct may be longer than what the caller gave, as an older caller's is: only what was given goes back.
        Span<byte> whole = new byte[StructBytes.SizeOf<T>()];
        int shared = Math.Min(whole.Length, bytes.Length);
        bytes[..shared].CopyTo(whole);
        _ = StructBytes.TryRead(whole, out T argument);
        int result = handler(ref argument);
        _ = StructBytes.TryWrite(whole, argument);
        whole[..shared].CopyTo(bytes);
        return result;
    }

    private int Usual(int fd, uint request, Span<byte> argument) => request switch
    {
        IommufdUapi.IOMMU_IOAS_ALLOC => With<IommuIoasAlloc>(argument, (ref a) =>
        {
            a.OutIoasId = _nextId++;
            return Note("IOAS_ALLOC");
        }),
        IommufdUapi.IOMMU_HWPT_ALLOC => With<IommuHwptAlloc>(argument, (ref a) =>
        {
            a.OutHwptId = _nextId++;
            return Note($"HWPT_ALLOC of {a.PtId}");
        }),
        IommufdUapi.IOMMU_DESTROY => With<IommuDestroy>(argument, (ref a) => Note($"DESTROY {a.Id}")),
        IommufdUapi.IOMMU_VFIO_IOAS => With<IommuVfioIoas>(argument, VfioIoas),
        IommufdUapi.IOMMU_IOAS_MAP => With<IommuIoasMap>(argument, (ref a) =>
        {
            ulong iova = (a.Flags & IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA) != 0 ? a.Iova : _nextIova;
            a.Iova = iova;
            _nextIova = iova + a.Length;
            return Note("IOAS_MAP");
        }),
        IommufdUapi.IOMMU_IOAS_UNMAP => Note("IOAS_UNMAP"),
        IommufdUapi.IOMMU_IOAS_IOVA_RANGES => With<IommuIoasIovaRanges>(argument, IovaRanges),
        VfioUapi.VFIO_DEVICE_BIND_IOMMUFD => With<VfioDeviceBindIommufd>(argument, (ref a) =>
        {
            Assert.Equal(IommufdNode, PathOf(a.Iommufd));
            a.OutDevid = _nextId++;
            return Note("BIND");
        }),
        VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT => With<VfioDeviceAttachIommufdPt>(argument, (ref a) =>
        {
            AttachedIoas = a.PtId;
            return Note($"ATTACH {a.PtId}");
        }),
        VfioUapi.VFIO_GROUP_SET_CONTAINER => Note("SET_CONTAINER"),
        VfioUapi.VFIO_GROUP_GET_STATUS => With<VfioGroupStatus>(argument, (ref a) =>
        {
            a.Flags = VfioUapi.VFIO_GROUP_FLAGS_VIABLE;
            return Note("GET_STATUS");
        }),
        VfioUapi.VFIO_GROUP_GET_DEVICE_FD => Note("GET_DEVICE_FD") is < 0 and int error ? error : NewFd(DeviceNode),

        // Also VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: numbers mean something else on every kind of file.
        VfioUapi.VFIO_IOMMU_GET_INFO => With<VfioIommuType1Info>(argument, (ref a) =>
        {
            a.IovaPgsizes = 0x1000;
            return Note("IOMMU_GET_INFO");
        }),
        VfioUapi.VFIO_IOMMU_MAP_DMA => With<VfioIommuType1DmaMap>(argument, (ref a) => Note($"MAP_DMA 0x{a.Iova:x}")),
        VfioUapi.VFIO_IOMMU_UNMAP_DMA => Note("UNMAP_DMA"),
        VfioUapi.VFIO_DEVICE_GET_INFO => With<VfioDeviceInfo>(argument, (ref a) =>
        {
            a.Flags = VfioUapi.VFIO_DEVICE_FLAGS_PCI | VfioUapi.VFIO_DEVICE_FLAGS_RESET;
            a.NumRegions = 9;
            a.NumIrqs = 5;
            return Note("GET_INFO");
        }),
        VfioUapi.VFIO_DEVICE_GET_REGION_INFO => With<VfioRegionInfo>(argument, (ref a) =>
        {
            a.Flags = VfioUapi.VFIO_REGION_INFO_FLAG_READ | VfioUapi.VFIO_REGION_INFO_FLAG_WRITE;
            a.Size = a.Index switch { 0 => (ulong)Bar0.Length, VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX => (ulong)Config.Length, _ => 0 };
            a.Offset = (ulong)a.Index << 40;
            return Note($"GET_REGION_INFO {a.Index}");
        }),
        VfioUapi.VFIO_DEVICE_SET_IRQS => With<VfioIrqSet>(argument, (ref a) =>
            Note($"SET_IRQS {(InterruptKind)a.Index} {(a.Count == 0 ? "off" : (a.Flags & VfioUapi.VFIO_IRQ_SET_ACTION_UNMASK) != 0 ? "unmask" : "on")}")),
        _ => -(int)Errno.ENOTTY,
    };

    private int VfioIoas(ref IommuVfioIoas argument)
    {
        switch ((uint)argument.Op)
        {
            case IommufdUapi.IOMMU_VFIO_IOAS_GET:
                argument.IoasId = CompatIoas ?? 0;
                return Note("VFIO_IOAS get", CompatIoas is null ? -(int)Errno.ENODEV : 0);
            case IommufdUapi.IOMMU_VFIO_IOAS_SET:
                int set = Note($"VFIO_IOAS set {argument.IoasId}");
                CompatIoas = set < 0 ? CompatIoas : argument.IoasId;
                return set;
            default:
                CompatIoas = null;
                return Note("VFIO_IOAS clear");
        }
    }

    private int IovaRanges(ref IommuIoasIovaRanges argument)
    {
        int room = (int)argument.NumIovas;
        argument.NumIovas = (uint)RangeCount;
        argument.OutIovaAlignment = 0x1000;
        for (int i = 0; i < Math.Min(room, RangeCount); i++)
        {
            ulong first = (ulong)i << 21;
            WriteRange(argument.AllowedIovas, i, first, first + 0xfffff);
        }

        return Note("IOVA_RANGES", room < RangeCount ? -(int)Errno.EMSGSIZE : 0);
    }

    private byte[] Memory(long offset) => (offset >> 40) switch
    {
        0 => Bar0,
        VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX => Config,
        long index => throw new InvalidOperationException(index.ToString(CultureInfo.InvariantCulture)),
    };

    private string PathOf(int fd)
    {
        lock (_lock)
        {
            return _open.GetValueOrDefault(fd, string.Empty);
        }
    }

    private int NewFd(string path)
    {
        lock (_lock)
        {
            _open.Add(_nextFd, path);
            return _nextFd++;
        }
    }

    private int Note(string call, int answer = 0)
    {
        lock (_lock)
        {
            Log.Add(call);
            return Answers.GetValueOrDefault(call, answer);
        }
    }
}
