using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>
/// The type1 calls on an iommufd, for programs that use it as a container: they work on one address space, the compatibility IOAS. Linux:
/// drivers/iommu/iommufd/vfio_compat.c. Their errnos are not the legacy container's.
/// </content>
internal sealed partial class IommufdFile
{
    private const int MapSize = 32;
    private const int UnmapSize = 24;
    private const int InfoLeastSize = 16;

    private readonly Lock _compatLock = new();
    private Ioas? _compatIoas;
    private bool _noIommu;

    /// <summary>iommufd_vfio_compat_ioas_create: VFIO_GROUP_SET_CONTAINER with this as the container; EINVAL in no-IOMMU mode.</summary>
    public Errno CreateCompatIoas()
    {
        lock (_compatLock)
        {
            if (_noIommu)
            {
                return Errno.EINVAL;
            }

            using Borrowed<Ioas> present = BorrowCompatIoas();
            if (!present.Found)
            {
                _compatIoas = ReserveIoas();

                // As if the user had made it: IOMMU_VFIO_IOAS tells its id, and it can be destroyed.
                ObjectTable.Publish(_compatIoas);
            }

            return Errno.None;
        }
    }

    /// <summary>iommufd_vfio_compat_ioas_get_id: where a group's device is attached at its first open; ENODEV when there is none.</summary>
    public Errno GetCompatIoasId(out uint id)
    {
        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        id = ioas.Found ? ioas.Value.Id : 0;
        return ioas.Found ? Errno.None : Errno.ENODEV;
    }

    /// <summary>iommufd_vfio_compat_set_no_iommu: EINVAL when there is a compatibility IOAS.</summary>
    public Errno SetNoIommu()
    {
        lock (_compatLock)
        {
            if (_compatIoas is not null)
            {
                return Errno.EINVAL;
            }

            _noIommu = true;
            return Errno.None;
        }
    }

    /// <summary>An address space was destroyed: it is no longer the compatibility IOAS.</summary>
    internal void ForgetCompatIoas(Ioas ioas)
    {
        lock (_compatLock)
        {
            if (_compatIoas == ioas)
            {
                _compatIoas = null;
            }
        }
    }

    /// <summary>get_compat_ioas.</summary>
    private Borrowed<Ioas> BorrowCompatIoas()
    {
        lock (_compatLock)
        {
            return _compatIoas is { } ioas && ioas.TryAddUser() ? new Borrowed<Ioas>(ioas) : default;
        }
    }

    internal Errno VfioIoas(IommufdCall call)
    {
        Errno error = call.Read(out IommuVfioIoas command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        switch ((uint)command.Op)
        {
            case IommufdUapi.IOMMU_VFIO_IOAS_GET:
                error = GetCompatIoasId(out command.IoasId);
                return error != Errno.None ? error : call.Respond(ref command);
            case IommufdUapi.IOMMU_VFIO_IOAS_SET:
                using (Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId))
                {
                    if (!ioas.Found)
                    {
                        return Errno.ENOENT;
                    }

                    return SetCompatIoas(ioas.Value);
                }

            case IommufdUapi.IOMMU_VFIO_IOAS_CLEAR:
                return SetCompatIoas(null);
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private Errno SetCompatIoas(Ioas? ioas)
    {
        lock (_compatLock)
        {
            _compatIoas = ioas;
            return Errno.None;
        }
    }

    /// <summary>iommufd_vfio_ioctl: by the whole request number; some take their argument by value.</summary>
    private int CompatIoctl(KernelTask task, uint request, UserArgument argument) => request switch
    {
        VfioUapi.VFIO_GET_API_VERSION => 0,
        VfioUapi.VFIO_CHECK_EXTENSION => CompatCheckExtension(argument.Value),
        VfioUapi.VFIO_SET_IOMMU => -(int)CompatSetIommu(task, argument.Value),
        VfioUapi.VFIO_IOMMU_GET_INFO => -(int)CompatGetInfo(argument),
        VfioUapi.VFIO_IOMMU_MAP_DMA => -(int)CompatMapDma(task, argument),
        VfioUapi.VFIO_IOMMU_UNMAP_DMA => -(int)CompatUnmapDma(argument),
        _ => -(int)Errno.ENOTTY,
    };

    /// <summary>
    /// iommufd_vfio_check_extension. VFIO_DMA_CC_IOMMU answers "no page table here lacks enforcement": 1 for an empty address space, whatever the hardware.
    /// </summary>
    private int CompatCheckExtension(ulong extension)
    {
        switch (extension)
        {
            case VfioUapi.VFIO_TYPE1_IOMMU or VfioUapi.VFIO_TYPE1v2_IOMMU or VfioUapi.VFIO_UNMAP_ALL:
                return Volatile.Read(ref _noIommu) ? 0 : 1;
            case VfioUapi.VFIO_NOIOMMU_IOMMU:
                // Whether VFIO was built with it, not whether this file is in that mode.
                return 1;
        }

        if (extension != VfioUapi.VFIO_DMA_CC_IOMMU)
        {
            return 0;
        }

        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        if (!ioas.Found)
        {
            return -(int)Errno.ENODEV;
        }

        lock (ioas.Value.HwptLock)
        {
            return ioas.Value.Hwpts.TrueForAll(static hwpt => hwpt.EnforcesCoherency) ? 1 : 0;
        }
    }

    private Errno CompatSetIommu(KernelTask task, ulong type)
    {
        bool noIommu = Volatile.Read(ref _noIommu);
        if (noIommu && type == VfioUapi.VFIO_NOIOMMU_IOMMU)
        {
            return task.Credentials.SysRawIo ? Errno.None : Errno.EPERM;
        }

        if (noIommu || type is not (VfioUapi.VFIO_TYPE1_IOMMU or VfioUapi.VFIO_TYPE1v2_IOMMU))
        {
            return Errno.EINVAL;
        }

        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        if (!ioas.Found)
        {
            return Errno.ENODEV;
        }

        // Type1 unmaps in the middle of mappings; where no large page was used, any mapping can be cut.
        return type == VfioUapi.VFIO_TYPE1_IOMMU ? ioas.Value.DisableLargePages() : Errno.None;
    }

    private Errno CompatMapDma(KernelTask task, UserArgument argument)
    {
        VfioIommuType1DmaMap map = default;
        Errno error = argument.CopyIn(0, StructBytes.AsBytes(ref map)[..MapSize]);
        if (error != Errno.None)
        {
            return error;
        }

        if (map.Argsz < MapSize || (map.Flags & ~(VfioUapi.VFIO_DMA_MAP_FLAG_READ | VfioUapi.VFIO_DMA_MAP_FLAG_WRITE)) != 0)
        {
            return Errno.EINVAL;
        }

        DmaAccess access = ((map.Flags & VfioUapi.VFIO_DMA_MAP_FLAG_READ) != 0 ? DmaAccess.Read : DmaAccess.None)
            | ((map.Flags & VfioUapi.VFIO_DMA_MAP_FLAG_WRITE) != 0 ? DmaAccess.Write : DmaAccess.None);
        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        return ioas.Found ? MapUserPages(task, ioas.Value, map.Vaddr, map.Size, ref map.Iova, access, fixedIova: true) : Errno.ENODEV;
    }

    private Errno CompatUnmapDma(UserArgument argument)
    {
        VfioIommuType1DmaUnmap unmap = default;
        Span<byte> bytes = StructBytes.AsBytes(ref unmap)[..UnmapSize];
        Errno error = argument.CopyIn(0, bytes);
        if (error != Errno.None)
        {
            return error;
        }

        if (unmap.Argsz < UnmapSize || (unmap.Flags & ~VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL) != 0)
        {
            return Errno.EINVAL;
        }

        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        if (!ioas.Found)
        {
            return Errno.ENODEV;
        }

        ulong unmapped;
        if ((unmap.Flags & VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL) != 0)
        {
            if ((unmap.Iova | unmap.Size) != 0)
            {
                return Errno.EINVAL;
            }

            error = ioas.Value.UnmapAll(out unmapped);
        }
        else
        {
            if (ioas.Value.LargePagesDisabled)
            {
                error = ioas.Value.Cut(unchecked(unmap.Iova + unmap.Size - 1));
                if (error == Errno.None && unmap.Iova != 0)
                {
                    error = ioas.Value.Cut(unmap.Iova - 1);
                }

                if (error != Errno.None)
                {
                    return error;
                }
            }

            error = UnmapRange(ioas.Value, unmap.Iova, unmap.Size, out unmapped);
        }

        // The size is told even when it fails: what is gone is gone.
        unmap.Size = unmapped;
        return argument.CopyOut(0, bytes) != Errno.None ? Errno.EFAULT : error;
    }

    /// <summary>iommufd_vfio_iommu_get_info: capabilities DMA_AVAIL then IOVA_RANGE; those that fit are written even when not all do.</summary>
    private Errno CompatGetInfo(UserArgument argument)
    {
        VfioIommuType1Info info = default;
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        Errno error = argument.CopyIn(0, bytes[..InfoLeastSize]);
        if (error != Errno.None)
        {
            return error;
        }

        if (info.Argsz < InfoLeastSize)
        {
            return Errno.EINVAL;
        }

        using Borrowed<Ioas> ioas = BorrowCompatIoas();
        if (!ioas.Found)
        {
            return Errno.ENODEV;
        }

        uint room = info.Argsz;
        IovaSpan[] free = ioas.Value.FreeRanges(out ulong alignment);
        info.Flags = VfioUapi.VFIO_IOMMU_INFO_PGSIZES | VfioUapi.VFIO_IOMMU_INFO_CAPS;
        info.IovaPgsizes = PageSizesFor(ioas.Value.CommonPageSizes(), alignment);
        info.CapOffset = 0;

        VfioIommuType1InfoDmaAvail available = default;
        available.Header.Id = (ushort)VfioUapi.VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;
        available.Header.Version = 1;
        available.Avail = uint.MaxValue;
        uint availableAt = (uint)bytes.Length;
        uint availableSize = (uint)StructBytes.SizeOf<VfioIommuType1InfoDmaAvail>();

        VfioIommuType1InfoCapIovaRange ranges = default;
        ranges.Header.Id = (ushort)VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
        ranges.Header.Version = 1;
        ranges.NrIovas = (uint)free.Length;

        // Linux 7.2 begins each capability at a multiple of 8 and leaves the gap alone.
        uint rangesAt = availableAt + ((availableSize + 7) & ~7u);
        uint headerSize = (uint)StructBytes.SizeOf<VfioIommuType1InfoCapIovaRange>();
        uint total = rangesAt + headerSize + ((uint)free.Length * 16);

        if (room >= availableAt + availableSize)
        {
            available.Header.Next = room >= rangesAt ? rangesAt : 0;
            error = argument.CopyOut((int)availableAt, StructBytes.AsBytes(ref available));
        }

        for (uint i = 0; error == Errno.None && i < free.Length && room >= rangesAt + headerSize + ((i + 1) * 16); i++)
        {
            VfioIovaRange range = new() { Start = free[i].Start, End = free[i].Last };
            error = argument.CopyOut((int)(rangesAt + headerSize + (i * 16)), StructBytes.AsBytes(ref range));
        }

        if (error == Errno.None && room >= total)
        {
            error = argument.CopyOut((int)rangesAt, StructBytes.AsBytes(ref ranges));
            info.CapOffset = availableAt;
        }

        info.Argsz = total;
        return error != Errno.None ? error : argument.CopyOut(0, bytes[..(int)Math.Min(room, (uint)bytes.Length)]);
    }

    /// <summary>iommufd_get_pagesizes: small pages are told as one host page, as type1 does.</summary>
    private static ulong PageSizesFor(ulong common, ulong alignment)
    {
        const ulong PageMask = 0xfff;
        if ((common & PageMask) != 0)
        {
            common = (common & ~PageMask) | (PageMask + 1);
        }

        return Math.Max(common, alignment);
    }
}
