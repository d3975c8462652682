using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The calls on address spaces. Linux: drivers/iommu/iommufd/ioas.c.</content>
internal sealed partial class IommufdFile
{
    private const uint MapFlags = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE | IommufdUapi.IOMMU_IOAS_MAP_READABLE;
    private const uint MapAccess = IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE | IommufdUapi.IOMMU_IOAS_MAP_READABLE;

    private static DmaAccess AccessOf(uint flags) =>
        ((flags & IommufdUapi.IOMMU_IOAS_MAP_READABLE) != 0 ? DmaAccess.Read : DmaAccess.None)
        | ((flags & IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE) != 0 ? DmaAccess.Write : DmaAccess.None);

    /// <summary>iommufd_ioas_alloc: an address space that is not published yet.</summary>
    private Ioas ReserveIoas()
    {
        Ioas ioas = new() { Context = this };
        Objects.Reserve(ioas);
        return ioas;
    }

    internal Errno IoasAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Flags != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        Ioas ioas = ReserveIoas();
        command.OutIoasId = ioas.Id;
        error = call.Respond(ref command);
        if (error != Errno.None)
        {
            Objects.Abort(ioas);
            return error;
        }

        ObjectTable.Publish(ioas);
        return Errno.None;
    }

    internal Errno IoasIovaRanges(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasIovaRanges command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        IovaSpan[] free = ioas.Value.FreeRanges(out ulong alignment);
        uint room = command.NumIovas;
        for (int i = 0; i < free.Length && i < room; i++)
        {
            IommuIovaRange range = new() { Start = free[i].Start, Last = free[i].Last };
            error = call.Task.Memory.CopyOut(unchecked(command.AllowedIovas + ((ulong)i * 16)), StructBytes.AsBytes(ref range));
            if (error != Errno.None)
            {
                return error;
            }
        }

        command.NumIovas = (uint)free.Length;
        command.OutIovaAlignment = alignment;
        error = call.Respond(ref command);
        return error != Errno.None ? error : free.Length > room ? Errno.EMSGSIZE : Errno.None;
    }

    internal Errno IoasAllowIovas(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasAllowIovas command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        List<IovaSpan> ranges = [];
        for (uint i = 0; i < command.NumIovas && error == Errno.None; i++)
        {
            IommuIovaRange range = default;
            error = call.Task.Memory.CopyIn(unchecked(command.AllowedIovas + ((ulong)i * 16)), StructBytes.AsBytes(ref range));
            if (error == Errno.None && range.Start >= range.Last)
            {
                return Errno.EINVAL;
            }

            if (error == Errno.None)
            {
                ranges.Add(new IovaSpan(range.Start, range.Last));

                // Now and then on the way, for the count is the caller's and a list that repeats itself has no end.
                if (ranges.Count >= 1024 && int.IsPow2(ranges.Count) && HasOverlap(ranges))
                {
                    return Errno.EINVAL;
                }
            }
        }

        // An overlap among those before the one that could not be read comes first, as the kernel meets it first.
        if (HasOverlap(ranges))
        {
            return Errno.EINVAL;
        }

        return error != Errno.None ? error : ioas.Value.SetAllowed([.. ranges]);
    }

    private static bool HasOverlap(List<IovaSpan> ranges)
    {
        ranges.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        for (int i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start <= ranges[i - 1].Last)
            {
                return true;
            }
        }

        return false;
    }

    internal Errno IoasMap(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasMap command);
        if (error != Errno.None)
        {
            return error;
        }

        if ((command.Flags & ~MapFlags) != 0 || command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (command.Iova == ulong.MaxValue || command.Length == ulong.MaxValue)
        {
            return Errno.EOVERFLOW;
        }

        if ((command.Flags & MapAccess) == 0)
        {
            return Errno.EINVAL;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        bool fixedIova = (command.Flags & IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA) != 0;
        error = MapUserPages(call.Task, ioas.Value, command.UserVa, command.Length, ref command.Iova, AccessOf(command.Flags), fixedIova);
        return error != Errno.None ? error : call.Respond(ref command);
    }

    /// <summary>iopt_map_user_pages.</summary>
    private Errno MapUserPages(KernelTask task, Ioas ioas, ulong address, ulong length, ref ulong iova, DmaAccess access, bool fixedIova)
    {
        if (address + length < address)
        {
            return Errno.EOVERFLOW;
        }

        if (length == 0 || length > ulong.MaxValue - 4096)
        {
            return Errno.EINVAL;
        }

        IoasPages pages = new(MemoryOf(task, (access & DmaAccess.Write) != 0), address, length);
        return ioas.Map(pages, 0, length, ref iova, access, fixedIova);
    }

    internal Errno IoasMapFile(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasMapFile command);
        if (error != Errno.None)
        {
            return error;
        }

        if ((command.Flags & ~MapFlags) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (command.Iova == ulong.MaxValue || command.Length == ulong.MaxValue)
        {
            return Errno.EOVERFLOW;
        }

        if ((command.Flags & MapAccess) == 0)
        {
            return Errno.EINVAL;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        if (command.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (command.Start + (command.Length - 1) < command.Start)
        {
            return Errno.EOVERFLOW;
        }

        error = FilePages(call.Task, in command, out IoasPages? pages);
        if (error != Errno.None)
        {
            return error;
        }

        bool fixedIova = (command.Flags & IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA) != 0;
        error = ioas.Value.Map(pages!, 0, command.Length, ref command.Iova, AccessOf(command.Flags), fixedIova);
        if (error != Errno.None)
        {
            pages!.Release();
            return error;
        }

        return call.Respond(ref command);
    }

    /// <summary>The pages of iopt_map_file_pages: of a dma-buf, imported at once, or of any other file, which is looked at when it is pinned.</summary>
    private Errno FilePages(KernelTask task, in IommuIoasMapFile command, out IoasPages? pages)
    {
        pages = null;
        bool writable = (command.Flags & IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE) != 0;
        if (task.Files.Get(command.Fd) is { } soft)
        {
            if (soft is DmaBufFile buffer)
            {
                DmaBufPin? pin = null;
                Errno imported = buffer.Length <= command.Start + (command.Length - 1) ? Errno.EINVAL : DmaBufPin.Create(buffer, out pin);
                if (imported != Errno.None)
                {
                    soft.Put();
                    return imported;
                }

                // The reference that Get took is the pin's now.
                pages = new IoasPages(new PinSource(task.Memory, null, default, writable), pin!, command.Start, command.Length);
                return Errno.None;
            }

            soft.Put();
        }

        Errno error = task.Files.HoldForPinning(command.Fd, out PinnableFile? file);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Length > ulong.MaxValue - 4096)
        {
            file!.Release();
            return Errno.EINVAL;
        }

        pages = new IoasPages(new PinSource(task.Memory, file, Payer(task), writable), command.Start, command.Length);
        return Errno.None;
    }

    internal Errno IoasCopy(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasCopy command);
        if (error != Errno.None)
        {
            return error;
        }

        if (Module.Test is not null && (command.Flags & IommufdTestUapi.MOCK_FLAGS_ACCESS_SYZ) != 0)
        {
            // iommufd_test_syz_conv_iova_id.
            command.Flags &= ~IommufdTestUapi.MOCK_FLAGS_ACCESS_SYZ;
            using Borrowed<Ioas> fuzzed = Objects.Borrow<Ioas>(command.SrcIoasId);
            command.SrcIova = fuzzed.Found ? fuzzed.Value.NthArea(command.SrcIova) : command.SrcIova;
        }

        if ((command.Flags & ~MapFlags) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (command.Length == ulong.MaxValue || command.SrcIova == ulong.MaxValue || command.DstIova == ulong.MaxValue)
        {
            return Errno.EOVERFLOW;
        }

        if ((command.Flags & MapAccess) == 0)
        {
            return Errno.EINVAL;
        }

        IoasArea? chain;
        using (Borrowed<Ioas> source = Objects.Borrow<Ioas>(command.SrcIoasId))
        {
            error = source.Found ? source.Value.GetPages(command.SrcIova, command.Length, out chain) : Absent(out chain);
        }

        if (error != Errno.None)
        {
            return error;
        }

        using (Borrowed<Ioas> destination = Objects.Borrow<Ioas>(command.DstIoasId))
        {
            bool fixedIova = (command.Flags & IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA) != 0;
            error = destination.Found
                ? destination.Value.Map(chain!, command.Length, ref command.DstIova, AccessOf(command.Flags), fixedIova)
                : Errno.ENOENT;
            if (error == Errno.None)
            {
                return call.Respond(ref command);
            }
        }

        for (IoasArea? area = chain; area is not null; area = area.Left)
        {
            area.Pages.Release();
        }

        return error;

        static Errno Absent(out IoasArea? none)
        {
            none = null;
            return Errno.ENOENT;
        }
    }

    internal Errno IoasUnmap(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasUnmap command);
        if (error != Errno.None)
        {
            return error;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.IoasId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        if (command.Iova == 0 && command.Length == ulong.MaxValue)
        {
            error = ioas.Value.UnmapAll(out command.Length);
            if (error != Errno.None)
            {
                return error;
            }
        }
        else if (command.Iova == ulong.MaxValue || command.Length == ulong.MaxValue)
        {
            return Errno.EOVERFLOW;
        }
        else
        {
            error = UnmapRange(ioas.Value, command.Iova, command.Length, out command.Length);
            if (error == Errno.None && command.Length == 0)
            {
                return Errno.ENOENT;
            }
        }

        return error != Errno.None ? error : call.Respond(ref command);
    }

    /// <summary>iopt_unmap_iova.</summary>
    private static Errno UnmapRange(Ioas ioas, ulong iova, ulong length, out ulong unmapped)
    {
        unmapped = 0;
        if (length == 0)
        {
            return Errno.EINVAL;
        }

        ulong last = iova + (length - 1);
        return last < iova ? Errno.EOVERFLOW : ioas.Unmap(iova, last, out unmapped);
    }

    internal Errno Option(IommufdCall call)
    {
        Errno error = call.Read(out IommuOption command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        error = command.OptionId switch
        {
            IommufdUapi.IOMMU_OPTION_RLIMIT_MODE => RlimitMode(call.Task, ref command),
            IommufdUapi.IOMMU_OPTION_HUGE_PAGES => HugePages(ref command),
            _ => Errno.EOPNOTSUPP,
        };
        return error != Errno.None ? error : call.RespondAt(16, command.Val64);
    }

    private Errno RlimitMode(KernelTask task, ref IommuOption command)
    {
        if (command.ObjectId != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        switch ((uint)command.Op)
        {
            case IommufdUapi.IOMMU_OPTION_OP_GET:
                command.Val64 = Volatile.Read(ref _chargesProcess) ? 1UL : 0;
                return Errno.None;
            case IommufdUapi.IOMMU_OPTION_OP_SET when !task.Credentials.SysResource:
                return Errno.EPERM;
            case IommufdUapi.IOMMU_OPTION_OP_SET when !Objects.IsEmpty:
                return Errno.EBUSY;
            case IommufdUapi.IOMMU_OPTION_OP_SET when command.Val64 > 1:
                return Errno.EINVAL;
            case IommufdUapi.IOMMU_OPTION_OP_SET:
                Volatile.Write(ref _chargesProcess, command.Val64 == 1);
                return Errno.None;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private Errno HugePages(ref IommuOption command)
    {
        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.ObjectId);
        if (!ioas.Found)
        {
            return Errno.ENOENT;
        }

        switch ((uint)command.Op)
        {
            case IommufdUapi.IOMMU_OPTION_OP_GET:
                command.Val64 = ioas.Value.LargePagesDisabled ? 0UL : 1;
                return Errno.None;
            case IommufdUapi.IOMMU_OPTION_OP_SET when command.Val64 == 0:
                return ioas.Value.DisableLargePages();
            case IommufdUapi.IOMMU_OPTION_OP_SET when command.Val64 == 1:
                ioas.Value.EnableLargePages();
                return Errno.None;
            case IommufdUapi.IOMMU_OPTION_OP_SET:
                return Errno.EINVAL;
            default:
                return Errno.EOPNOTSUPP;
        }
    }
}
