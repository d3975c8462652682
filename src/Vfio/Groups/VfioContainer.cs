using System.Numerics;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An open /dev/vfio/vfio: the address space of the groups in it (type1). Each method is one ioctl and names it.
/// </summary>
/// <remarks>
/// A container takes only fixed addresses; automatic ones are chosen here, the lowest that fits inside the kernel's ranges. Mapping never turns a device's bus
/// mastering on. Mapped memory must be native and outlive its mapping, as with <see cref="Ioas"/>. Safe to use from several threads.
/// </remarks>
public sealed partial class VfioContainer : IDisposable, IDmaMapper
{
    private const int MaximumForeignMappings = 4096;
    private readonly Lock _lock = new();
    private readonly IovaAllocator _allocator = new();
    private readonly bool _leaveOpen;
    private ulong _mappedBytes;

    /// <summary>Works on a container that somebody else opened.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="leaveOpen">True: <see cref="Dispose"/> does not close <paramref name="handle"/>, it stays the caller's.</param>
    public VfioContainer(VfioFileHandle handle, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handle = handle;
        _leaveOpen = leaveOpen;
    }

    /// <summary>The open file. Owned by this object unless it was made with leaveOpen.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Opens /dev/vfio/vfio of <paramref name="host"/> (open).</summary>
    /// <exception cref="VfioException">ENOENT: the kernel has no VFIO container.</exception>
    public static VfioContainer Open(VfioHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new VfioContainer(VfioFileHandle.Open(host.Calls, host.PathOf("/dev/vfio/vfio"), OpenFlags.ReadWrite));
    }

    /// <summary>Chooses the IOMMU model once a group is in (VFIO_SET_IOMMU).</summary>
    /// <param name="type">VFIO_TYPE1v2_IOMMU unless there is a reason.</param>
    /// <exception cref="VfioException">EINVAL: no group, or chosen already. ENODEV: not supported.</exception>
    public void SetIommu(uint type = VfioUapi.VFIO_TYPE1v2_IOMMU) =>
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_SET_IOMMU, (nuint)type), nameof(VfioUapi.VFIO_SET_IOMMU));

    /// <summary>Whether the container has an extension (VFIO_CHECK_EXTENSION). VFIO_DMA_CC_IOMMU is 0 before <see cref="SetIommu"/>, whatever is true.</summary>
    /// <param name="extension">The extension's number.</param>
    /// <returns>0 for no; what the kernel answers otherwise.</returns>
    public int CheckExtension(uint extension) =>
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_CHECK_EXTENSION, (nuint)extension), nameof(VfioUapi.VFIO_CHECK_EXTENSION));

    /// <summary>What the container can do (VFIO_IOMMU_GET_INFO).</summary>
    /// <exception cref="VfioException">EINVAL: no IOMMU model is chosen.</exception>
    public ContainerInfo GetInfo()
    {
        VfioIommuType1Info head = default;
        byte[] answer = CapabilityChain.Ask(Handle, VfioUapi.VFIO_IOMMU_GET_INFO, nameof(VfioUapi.VFIO_IOMMU_GET_INFO), StructBytes.AsBytes(ref head));
        _ = StructBytes.TryRead(answer, out VfioIommuType1Info info);
        IovaRange[]? ranges = null;
        uint? available = null;
        ContainerMigration? migration = null;
        if ((info.Flags & VfioUapi.VFIO_IOMMU_INFO_CAPS) != 0)
        {
            foreach (Capability capability in CapabilityChain.Walk(answer, info.CapOffset))
            {
                ReadOnlySpan<byte> bytes = answer.AsSpan(capability.Offset);
                if (capability.Id == VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE && StructBytes.TryRead(bytes, out VfioIommuType1InfoCapIovaRange cap))
                {
                    ranges = ReadRanges(bytes[StructBytes.SizeOf<VfioIommuType1InfoCapIovaRange>()..], cap.NrIovas);
                }
                else if (capability.Id == VfioUapi.VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL && StructBytes.TryRead(bytes, out VfioIommuType1InfoDmaAvail avail))
                {
                    available = avail.Avail;
                }
                else if (capability.Id == VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION && StructBytes.TryRead(bytes, out VfioIommuType1InfoCapMigration dirty))
                {
                    migration = new ContainerMigration(dirty.PgsizeBitmap, dirty.MaxDirtyBitmapSize);
                }
            }
        }

        return new ContainerInfo(info.IovaPgsizes, ranges, available, migration);
    }

    /// <summary>Where mappings may lie (VFIO_IOMMU_GET_INFO). A kernel that does not tell is taken to allow everything.</summary>
    public IovaRanges GetIovaRanges()
    {
        ContainerInfo info = GetInfo();
        ulong alignment = info.PageSizes == 0 ? (ulong)Environment.SystemPageSize : 1UL << BitOperations.TrailingZeroCount(info.PageSizes);
        return new IovaRanges(info.IovaRanges ?? [new IovaRange(0, ulong.MaxValue)], alignment);
    }

    /// <summary>Maps memory at a given address (VFIO_IOMMU_MAP_DMA).</summary>
    /// <param name="iova">The I/O virtual address, page aligned, inside <see cref="GetIovaRanges"/>.</param>
    /// <param name="address">Native memory of this process, page aligned.</param>
    /// <param name="length">Bytes, whole pages.</param>
    /// <param name="access">What devices may do to it.</param>
    /// <exception cref="VfioException">EEXIST: overlaps a mapping. EINVAL: misaligned or outside the ranges; both name them. ENOMEM: RLIMIT_MEMLOCK.</exception>
    public void MapFixed(ulong iova, nint address, ulong length, DmaAccess access = DmaAccess.ReadWrite)
    {
        int result;
        lock (_lock)
        {
            // What the book below refuses the kernel refuses as well, and the kernel's answer is the one to give.
            bool mine = _allocator.TryReserve(iova, length);
            result = MapLocked(iova, address, length, access);
            if (result < 0 && mine)
            {
                _allocator.Release(iova, length);
            }
        }

        CheckMapping(result, iova, length);
    }

    /// <summary>Maps memory at the lowest address that fits, never 0 (VFIO_IOMMU_MAP_DMA).</summary>
    /// <param name="address">Native memory of this process, page aligned.</param>
    /// <param name="length">Bytes, whole pages.</param>
    /// <param name="access">What devices may do to it.</param>
    /// <param name="lastIova">The last I/O virtual address the mapping may touch.</param>
    /// <returns>The I/O virtual address.</returns>
    /// <exception cref="VfioException">ENOSPC: no room. Otherwise as <see cref="MapFixed"/>.</exception>
    public ulong Map(nint address, ulong length, DmaAccess access = DmaAccess.ReadWrite, ulong lastIova = ulong.MaxValue)
    {
        IovaRanges ranges = GetIovaRanges();
        ulong alignment = IovaAllocator.AlignmentFor((ulong)address, length, ranges.Alignment);
        int result = 0;
        bool found;
        ulong iova;
        lock (_lock)
        {
            // Mappings made past this object, by whoever handed the container over, are met one by one and from then on passed over.
            int tries = 0;
            do
            {
                found = _allocator.TryAllocate(ranges.Ranges, length, alignment, lastIova, out iova);
                result = found ? MapLocked(iova, address, length, access) : 0;
            }
            while (result == -(int)Errno.EEXIST && ++tries < MaximumForeignMappings);
            if (result < 0 && result != -(int)Errno.EEXIST)
            {
                _allocator.Release(iova, length);
            }
        }

        if (!found)
        {
            throw MappingFailure.NoRoom(Handle, this, length, lastIova);
        }

        CheckMapping(result, null, length);
        return iova;
    }

    /// <summary>Unmaps whole mappings (VFIO_IOMMU_UNMAP_DMA). When it returns no device reaches the memory through them.</summary>
    /// <param name="iova">From where.</param>
    /// <param name="length">Bytes; must not cut a mapping in two.</param>
    /// <returns>How many bytes were mapped there; none is no error.</returns>
    /// <exception cref="VfioException">EINVAL: would cut a mapping in two, or misaligned.</exception>
    public ulong Unmap(ulong iova, ulong length) => UnmapCore(iova, length, 0);

    /// <summary>Unmaps everything (VFIO_IOMMU_UNMAP_DMA, ALL; since Linux 5.12).</summary>
    /// <returns>How many bytes were mapped.</returns>
    public ulong UnmapAll() => UnmapCore(0, 0, VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL);

    /// <summary>Closes the file unless it was left to its owner. The groups in it keep its mappings alive until they close.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
        {
            Handle.Dispose();
        }
    }

    ulong IDmaMapper.Map(nint address, ulong length, DmaAccess access, ulong? iova, ulong lastIova)
    {
        if (iova is { } at)
        {
            MapFixed(at, address, length, access);
            return at;
        }

        return Map(address, length, access, lastIova);
    }

    ulong IDmaMapper.MapFile(VfioFileHandle file, ulong start, ulong length, DmaAccess access, ulong? iova, ulong lastIova) =>
        throw new VfioException(
            Errno.EOPNOTSUPP,
            "map a file",
            Handle.Path,
            "Only an iommufd maps files (IOMMU_IOAS_MAP_FILE): open the device by its node, or map the file into this process and map that memory.");

    void IDmaMapper.Unmap(ulong iova, ulong length) => Unmap(iova, length);

    /// <summary>Whether an IOMMU model is chosen: without one VFIO_IOMMU_GET_INFO is EINVAL.</summary>
    internal bool HasIommu()
    {
        VfioIommuType1Info info = new() { Argsz = (uint)StructBytes.SizeOf<VfioIommuType1Info>() };
        return Handle.Ioctl(VfioUapi.VFIO_IOMMU_GET_INFO, ref info) >= 0;
    }

    private static IovaRange[] ReadRanges(ReadOnlySpan<byte> entries, uint count)
    {
        int entry = StructBytes.SizeOf<VfioIovaRange>();
        List<IovaRange> ranges = new((int)Math.Min(count, (uint)(entries.Length / entry)));
        while (ranges.Count < count && StructBytes.TryRead(entries, out VfioIovaRange range))
        {
            ranges.Add(new IovaRange(range.Start, range.End));
            entries = entries[entry..];
        }

        return [.. ranges];
    }

    private int MapLocked(ulong iova, nint address, ulong length, DmaAccess access)
    {
        VfioIommuType1DmaMap argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaMap>(),
            Flags = (access.HasFlag(DmaAccess.Read) ? VfioUapi.VFIO_DMA_MAP_FLAG_READ : 0)
                | (access.HasFlag(DmaAccess.Write) ? VfioUapi.VFIO_DMA_MAP_FLAG_WRITE : 0),
            Vaddr = (ulong)address,
            Iova = iova,
            Size = length,
        };
        return Handle.Ioctl(VfioUapi.VFIO_IOMMU_MAP_DMA, ref argument);
    }

    private ulong UnmapCore(ulong iova, ulong length, uint flags)
    {
        VfioIommuType1DmaUnmap argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaUnmap>(),
            Flags = flags,
            Iova = iova,
            Size = length,
        };
        lock (_lock)
        {
            Handle.Check(
                Handle.Ioctl(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref argument),
                nameof(VfioUapi.VFIO_IOMMU_UNMAP_DMA),
                $"IOVA 0x{iova:x}, 0x{length:x} bytes");
            if (flags == 0)
            {
                _allocator.Release(iova, length);
            }
            else
            {
                _allocator.Clear();
            }
        }

        Interlocked.Add(ref _mappedBytes, 0UL - argument.Size);
        return argument.Size;
    }

    private void CheckMapping(int result, ulong? iova, ulong length)
    {
        if (result < 0)
        {
            throw MappingFailure.Create(
                (Errno)(-result),
                nameof(VfioUapi.VFIO_IOMMU_MAP_DMA),
                Handle,
                this,
                iova,
                length,
                Interlocked.Read(ref _mappedBytes));
        }

        Interlocked.Add(ref _mappedBytes, length);
    }
}
