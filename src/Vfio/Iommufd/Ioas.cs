using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An I/O address space in an iommufd: what is mapped here, every device attached to it reaches, at the same addresses. Ids, lengths and addresses are the kernel's;
/// each method is one ioctl and names it.
/// </summary>
/// <remarks>
/// Mapping here never turns a device's bus mastering on. Mapped memory must outlive its mapping: it is pinned by the kernel, so freeing it does no
/// harm to the system, but the device then works on pages the program no longer sees. Never map a pinned managed array: the collector's heap is not made for DMA.
/// Safe to use from several threads.
/// </remarks>
public sealed class Ioas : IDisposable, IDmaMapper
{
    private readonly bool _destroyOnDispose;
    private bool _disposed;
    private ulong _mappedBytes;

    internal Ioas(IommufdContext context, uint id, bool destroyOnDispose)
    {
        Context = context;
        Id = id;
        _destroyOnDispose = destroyOnDispose;
    }

    /// <summary>The iommufd it lives in; not owned.</summary>
    public IommufdContext Context { get; }

    /// <summary>Its id there.</summary>
    public uint Id { get; }

    /// <summary>
    /// Whether mappings may use pages larger than 4 KiB (IOMMU_OPTION, HUGE_PAGES). True in a new one.
    /// </summary>
    public bool HugePages => Context.GetOption(IommufdUapi.IOMMU_OPTION_HUGE_PAGES, Id) != 0;

    /// <summary>Allows or forbids pages larger than 4 KiB (IOMMU_OPTION, HUGE_PAGES, SET).</summary>
    /// <param name="allow">False also lets type1 calls split mappings.</param>
    /// <exception cref="VfioException">EINVAL: something is mapped and a device attached.</exception>
    public void SetHugePages(bool allow) => Context.SetOption(IommufdUapi.IOMMU_OPTION_HUGE_PAGES, Id, allow ? 1UL : 0);

    /// <summary>
    /// Where mappings may lie now, and the alignment they need (IOMMU_IOAS_IOVA_RANGES). Attaching a device can take addresses away.
    /// </summary>
    public IovaRanges GetIovaRanges()
    {
        int room = 16;
        while (true)
        {
            int entry = StructBytes.SizeOf<IommuIovaRange>();
            using NativeBuffer buffer = new(room * entry);
            IommuIoasIovaRanges argument = new()
            {
                Size = (uint)StructBytes.SizeOf<IommuIoasIovaRanges>(),
                IoasId = Id,
                NumIovas = (uint)room,
                AllowedIovas = buffer.Address,
            };
            int result = Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_IOVA_RANGES, ref argument);

            // The kernel tells how many there are and fills what fits; a device attached meanwhile may ask for one more round.
            if (result == -(int)Errno.EMSGSIZE && argument.NumIovas > room && argument.NumIovas <= 1 << 20)
            {
                room = (int)argument.NumIovas;
                continue;
            }

            Context.Handle.Check(result, nameof(IommufdUapi.IOMMU_IOAS_IOVA_RANGES));
            IovaRange[] ranges = new IovaRange[Math.Min(argument.NumIovas, (uint)room)];
            for (int i = 0; i < ranges.Length; i++)
            {
                _ = StructBytes.TryRead(buffer.Span[(i * entry)..], out IommuIovaRange range);
                ranges[i] = new IovaRange(range.Start, range.Last);
            }

            return new IovaRanges(ranges, argument.OutIovaAlignment);
        }
    }

    /// <summary>
    /// Restricts where automatic mappings go (IOMMU_IOAS_ALLOW_IOVAS). Fixed ones are not restricted. No range at all lifts it again.
    /// </summary>
    /// <param name="ranges">The whole list; it replaces the one before.</param>
    /// <exception cref="VfioException">EINVAL: a range of one byte, or two that overlap. EADDRINUSE: one meets a reserved region.</exception>
    public void AllowIovas(params ReadOnlySpan<IovaRange> ranges)
    {
        int entry = StructBytes.SizeOf<IommuIovaRange>();
        using NativeBuffer buffer = new(Math.Max(1, ranges.Length) * entry);
        for (int i = 0; i < ranges.Length; i++)
        {
            _ = StructBytes.TryWrite(buffer.Span[(i * entry)..], new IommuIovaRange { Start = ranges[i].First, Last = ranges[i].Last });
        }

        IommuIoasAllowIovas argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasAllowIovas>(),
            IoasId = Id,
            NumIovas = (uint)ranges.Length,
            AllowedIovas = buffer.Address,
        };
        Context.Handle.Check(Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, ref argument), nameof(IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS));
    }

    /// <summary>Maps memory at an address the kernel chooses: the lowest that fits, never 0 (IOMMU_IOAS_MAP).</summary>
    /// <param name="address">Native memory of this process; need not be page aligned where the alignment allows.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="access">What devices may do to it.</param>
    /// <returns>The I/O virtual address.</returns>
    /// <exception cref="VfioException">ENOSPC: no room. ENOMEM: RLIMIT_MEMLOCK. EFAULT: not mapped memory. EINVAL: alignment, with the ranges.</exception>
    public ulong Map(nint address, ulong length, DmaAccess access = DmaAccess.ReadWrite)
    {
        ulong iova = 0;
        CheckMapping(TryMap(address, length, access, false, ref iova), nameof(IommufdUapi.IOMMU_IOAS_MAP), null, length);
        return iova;
    }

    /// <summary>Maps memory at a given address (IOMMU_IOAS_MAP, FIXED_IOVA).</summary>
    /// <param name="iova">The I/O virtual address; a multiple of the alignment, inside <see cref="GetIovaRanges"/>.</param>
    /// <param name="address">Native memory of this process.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="access">What devices may do to it.</param>
    /// <exception cref="VfioException">EEXIST: overlaps a mapping. EINVAL: misaligned or outside the ranges; both name them.</exception>
    public void MapFixed(ulong iova, nint address, ulong length, DmaAccess access = DmaAccess.ReadWrite)
    {
        ulong at = iova;
        CheckMapping(TryMap(address, length, access, true, ref at), nameof(IommufdUapi.IOMMU_IOAS_MAP), iova, length);
    }

    /// <summary>
    /// Maps a file, without its being mapped in this process: a memfd, or a dma-buf (IOMMU_IOAS_MAP_FILE, since Linux 6.14).
    /// </summary>
    /// <param name="file">The file; the kernel keeps its own reference.</param>
    /// <param name="start">Where in it, in bytes.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="access">What devices may do to it.</param>
    /// <param name="iova">A given address; null lets the kernel choose.</param>
    /// <returns>The I/O virtual address.</returns>
    /// <exception cref="VfioException">ENOTTY: the kernel is older. EINVAL: past the file's end, or not such a file.</exception>
    public ulong MapFile(VfioFileHandle file, ulong start, ulong length, DmaAccess access = DmaAccess.ReadWrite, ulong? iova = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        using HeldDescriptor held = file.Hold();
        IommuIoasMapFile argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasMapFile>(),
            Flags = MapFlags(access, iova.HasValue),
            IoasId = Id,
            Fd = held.Fd,
            Start = start,
            Length = length,
            Iova = iova ?? 0,
        };
        int result = Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_MAP_FILE, ref argument);
        CheckMapping(result, nameof(IommufdUapi.IOMMU_IOAS_MAP_FILE), iova, length);
        return argument.Iova;
    }

    /// <summary>
    /// Maps here what another address space of this iommufd maps: the memory is pinned, and charged, once (IOMMU_IOAS_COPY).
    /// </summary>
    /// <param name="source">Where it is mapped; may be this one.</param>
    /// <param name="sourceIova">From where; any part of one or more adjacent mappings.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="access">What devices may do; no more than the source's.</param>
    /// <param name="iova">A given address here; null lets the kernel choose.</param>
    /// <returns>The I/O virtual address here.</returns>
    /// <exception cref="VfioException">ENOENT: a hole in the source. EPERM: more access than the source has. EEXIST, EINVAL, ENOSPC as in mapping.</exception>
    public ulong Copy(Ioas source, ulong sourceIova, ulong length, DmaAccess access = DmaAccess.ReadWrite, ulong? iova = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        IommuIoasCopy argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasCopy>(),
            Flags = MapFlags(access, iova.HasValue),
            DstIoasId = Id,
            SrcIoasId = source.Id,
            Length = length,
            DstIova = iova ?? 0,
            SrcIova = sourceIova,
        };
        CheckMapping(Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_COPY, ref argument), nameof(IommufdUapi.IOMMU_IOAS_COPY), iova, length);
        return argument.DstIova;
    }

    /// <summary>
    /// Unmaps whole mappings (IOMMU_IOAS_UNMAP). When it returns no device reaches the memory through them.
    /// </summary>
    /// <param name="iova">From where.</param>
    /// <param name="length">Bytes; must not cut a mapping in two.</param>
    /// <returns>How many bytes were mapped there.</returns>
    /// <exception cref="VfioException">ENOENT: nothing is mapped there, or one mapping would be cut; mappings before it are gone already.</exception>
    public ulong Unmap(ulong iova, ulong length)
    {
        int result = TryUnmap(iova, length, out ulong unmapped);
        if (result < 0)
        {
            throw KernelAnswer.Failure(Context.Handle, (Errno)(-result), nameof(IommufdUapi.IOMMU_IOAS_UNMAP), $"IOVA 0x{iova:x}, 0x{length:x} bytes");
        }

        return unmapped;
    }

    /// <summary>Unmaps everything; nothing mapped is no error (IOMMU_IOAS_UNMAP of the whole space).</summary>
    /// <returns>How many bytes were mapped.</returns>
    public ulong UnmapAll() => Unmap(0, ulong.MaxValue);

    /// <summary>
    /// Destroys the address space, if this object made it (IOMMU_DESTROY). Where a page table still uses it the kernel says EBUSY and it stays
    /// until the iommufd closes.
    /// </summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true) && _destroyOnDispose && !Context.Handle.IsClosed)
        {
            _ = Context.TryDestroy(Id);
        }
    }

    ulong IDmaMapper.Map(nint address, ulong length, DmaAccess access, ulong? iova, ulong lastIova)
    {
        if (iova is { } at)
        {
            MapFixed(at, address, length, access);
            return at;
        }

        return Within(Map(address, length, access), length, lastIova);
    }

    ulong IDmaMapper.MapFile(VfioFileHandle file, ulong start, ulong length, DmaAccess access, ulong? iova, ulong lastIova)
    {
        ulong at = MapFile(file, start, length, access, iova);
        return iova.HasValue ? at : Within(at, length, lastIova);
    }

    void IDmaMapper.Unmap(ulong iova, ulong length) => Unmap(iova, length);

    private static uint MapFlags(DmaAccess access, bool isFixed) =>
        (access.HasFlag(DmaAccess.Read) ? IommufdUapi.IOMMU_IOAS_MAP_READABLE : 0)
        | (access.HasFlag(DmaAccess.Write) ? IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE : 0)
        | (isFixed ? IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA : 0);

    private int TryMap(nint address, ulong length, DmaAccess access, bool isFixed, ref ulong iova)
    {
        IommuIoasMap argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasMap>(),
            Flags = MapFlags(access, isFixed),
            IoasId = Id,
            UserVa = (ulong)address,
            Length = length,
            Iova = iova,
        };
        int result = Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_MAP, ref argument);
        iova = argument.Iova;
        return result;
    }

    private int TryUnmap(ulong iova, ulong length, out ulong unmapped)
    {
        IommuIoasUnmap argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuIoasUnmap>(),
            IoasId = Id,
            Iova = iova,
            Length = length,
        };
        int result = Context.Handle.Ioctl(IommufdUapi.IOMMU_IOAS_UNMAP, ref argument);
        unmapped = result < 0 ? 0 : argument.Length;
        Interlocked.Add(ref _mappedBytes, 0UL - unmapped);
        return result;
    }

    /// <summary>
    /// The kernel chooses the lowest address that fits, so one beyond the limit means that nothing below it fits.
    /// </summary>
    private ulong Within(ulong iova, ulong length, ulong lastIova)
    {
        if (iova <= lastIova && length - 1 <= lastIova - iova)
        {
            return iova;
        }

        _ = TryUnmap(iova, length, out _);
        throw MappingFailure.NoRoom(Context.Handle, this, length, lastIova);
    }

    private void CheckMapping(int result, string operation, ulong? iova, ulong length)
    {
        if (result < 0)
        {
            throw MappingFailure.Create((Errno)(-result), operation, Context.Handle, this, iova, length, Interlocked.Read(ref _mappedBytes));
        }

        Interlocked.Add(ref _mappedBytes, length);
    }
}
