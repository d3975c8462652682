using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioPci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Type1;

internal sealed partial class Type1Container
{
    // By address. Linux keeps a tree; at most dma_entry_limit of them.
    private readonly List<Type1Mapping> _mappings = [];

    /// <inheritdoc/>
    public HeldObject? Held
    {
        get
        {
            lock (_lock)
            {
                ulong bytes = _mappings.Aggregate(0UL, static (sum, mapping) => sum + mapping.Size);
                return bytes == 0 ? null : new HeldObject("container", "") { Mappings = _mappings.Count, MappedBytes = bytes, PinnedBytes = bytes };
            }
        }
    }

    // vfio_iommu_type1_map_dma and vfio_dma_do_map.
    private Errno Map(KernelTask task, UserArgument argument)
    {
        var map = default(VfioIommuType1DmaMap);
        Span<byte> bytes = StructBytes.AsBytes(ref map);
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        const uint Protection = VfioUapi.VFIO_DMA_MAP_FLAG_READ | VfioUapi.VFIO_DMA_MAP_FLAG_WRITE;
        if (map.Argsz < bytes.Length || (map.Flags & ~(Protection | VfioUapi.VFIO_DMA_MAP_FLAG_VADDR)) != 0)
        {
            return Errno.EINVAL;
        }

        bool address = (map.Flags & VfioUapi.VFIO_DMA_MAP_FLAG_VADDR) != 0;
        DmaAccess access = ((map.Flags & VfioUapi.VFIO_DMA_MAP_FLAG_READ) != 0 ? DmaAccess.Read : 0)
            | ((map.Flags & VfioUapi.VFIO_DMA_MAP_FLAG_WRITE) != 0 ? DmaAccess.Write : 0);

        // check_add_overflow of both ends, before anything else is looked at; with size zero the end is the byte before.
        if (map.Size != 0 && (map.Iova + (map.Size - 1) < map.Iova || map.Vaddr + (map.Size - 1) < map.Vaddr))
        {
            return Errno.EOVERFLOW;
        }

        if (address == (access != DmaAccess.None))
        {
            return Errno.EINVAL;
        }

        lock (_lock)
        {
            if (map.Size == 0 || ((map.Size | map.Iova | map.Vaddr) & (SmallestPage - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            ulong last = map.Iova + (map.Size - 1);
            int at = FirstFrom(map.Iova);
            Type1Mapping? found = at < _mappings.Count && _mappings[at].Iova <= last ? _mappings[at] : null;
            if (address)
            {
                return RestoreAddress(task, found, map);
            }

            if (found is not null)
            {
                return Errno.EEXIST;
            }

            if (_available == 0)
            {
                return Errno.ENOSPC;
            }

            return IsInside(_ranges, map.Iova, last) ? Pin(task, map, access, at) : Errno.EINVAL;
        }
    }

    // VFIO_DMA_MAP_FLAG_VADDR: the pages stay where they are pinned; only an address that was taken away can be given.
    private Errno RestoreAddress(KernelTask task, Type1Mapping? found, in VfioIommuType1DmaMap map)
    {
        if (found is null)
        {
            return Errno.ENOENT;
        }

        if (!found.AddressInvalid || found.Iova != map.Iova || found.Size != map.Size)
        {
            return Errno.EINVAL;
        }

        // vfio_change_dma_owner: who gives the address pays from now on, where there is something to pay.
        if (!ReferenceEquals(found.Owner, task.Memory))
        {
            MemlockAccount? account = task.Credentials.IpcLock || found.Backing is BarBacking ? null : _module.Accounts.OfProcess(task.Memory);
            if (account is not null && account.Charge(found.Size, task.Credentials.MemlockLimit) is not Errno.None and Errno over)
            {
                return over;
            }

            found.Account?.Uncharge(found.Size);
            (found.Owner, found.Account) = (task.Memory, account);
        }

        found.AddressInvalid = false;
        return Errno.None;
    }

    // vfio_pin_map_dma: memory, which is charged, or a device's registers, which are not.
    private Errno Pin(KernelTask task, in VfioIommuType1DmaMap map, DmaAccess access, int at)
    {
        MemlockAccount? account = null;
        Errno error = task.Memory.PinRegisters(map.Vaddr, map.Size, out DmaBacking? backing, out ulong offset);
        if (backing is null)
        {
            account = task.Credentials.IpcLock ? null : _module.Accounts.OfProcess(task.Memory);
            error = task.Memory.Pin(map.Vaddr, map.Size, (access & DmaAccess.Write) != 0, out backing, out offset);
        }

        if (backing is null)
        {
            return error;
        }

        // vfio_pin_pages_remote looks at the limit once it has a page.
        if (account is not null && account.Charge(map.Size, task.Credentials.MemlockLimit) is not Errno.None and Errno over)
        {
            backing.Release();
            return over;
        }

        if (_tracking && !CanTrack(map.Size))
        {
            account?.Uncharge(map.Size);
            backing.Release();
            return Errno.EINVAL;
        }

        foreach (Type1Domain domain in _domains)
        {
            domain.Domain.Map(map.Iova, backing, offset, map.Size, access);
        }

        var mapping = new Type1Mapping(map.Iova, map.Size, backing, offset, access) { Owner = task.Memory, Account = account };
        if (_tracking)
        {
            AllocateDirty(mapping, SmallestPage);
        }

        _mappings.Insert(at, mapping);
        _available--;
        return Errno.None;
    }

    // vfio_iommu_type1_unmap_dma and vfio_dma_do_unmap. The size is told on success only.
    private Errno Unmap(KernelTask task, UserArgument argument)
    {
        var unmap = default(VfioIommuType1DmaUnmap);
        Span<byte> bytes = StructBytes.AsBytes(ref unmap);
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        const uint Dirty = VfioUapi.VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
        const uint Special = VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL | VfioUapi.VFIO_DMA_UNMAP_FLAG_VADDR;
        if (unmap.Argsz < bytes.Length || (unmap.Flags & ~(Dirty | Special)) != 0 || ((unmap.Flags & Dirty) != 0 && (unmap.Flags & Special) != 0))
        {
            return Errno.EINVAL;
        }

        var bitmap = default(VfioBitmap);
        if ((unmap.Flags & Dirty) != 0)
        {
            fault = ReadUnmapBitmap(argument, unmap, out bitmap);
            if (fault != Errno.None)
            {
                return fault;
            }
        }

        lock (_lock)
        {
            Errno error = CheckUnmap(unmap, bitmap, out ulong last);
            if (error != Errno.None)
            {
                return error;
            }

            error = (unmap.Flags & VfioUapi.VFIO_DMA_UNMAP_FLAG_VADDR) != 0
                ? InvalidateAddresses(unmap.Iova, last, out unmap.Size)
                : UnmapRange(task, unmap, bitmap, last, out unmap.Size);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return argument.CopyOut(0, bytes);
    }

    private Errno CheckUnmap(in VfioIommuType1DmaUnmap unmap, in VfioBitmap bitmap, out ulong last)
    {
        last = 0;
        ulong page = SmallestPage;
        bool all = (unmap.Flags & VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL) != 0;
        if ((unmap.Iova & (page - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        if (all)
        {
            last = ulong.MaxValue;
            return unmap.Iova != 0 || unmap.Size != 0 ? Errno.EINVAL : Errno.None;
        }

        if (unmap.Size == 0 || (unmap.Size & (page - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        last = unmap.Iova + (unmap.Size - 1);
        if (last < unmap.Iova)
        {
            return Errno.EOVERFLOW;
        }

        if ((unmap.Flags & VfioUapi.VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) != 0 && (!_tracking || bitmap.Pgsize != page))
        {
            return Errno.EINVAL;
        }

        // Version 2 does not cut a mapping in two.
        return _v2 && (IsBisected(unmap.Iova, unmap.Iova) || IsBisected(last, last + 1)) ? Errno.EINVAL : Errno.None;
    }

    // The mapping over an address does not begin at the boundary.
    private bool IsBisected(ulong address, ulong boundary)
    {
        int at = FirstFrom(address);
        if (at == _mappings.Count || _mappings[at].Iova > address)
        {
            return false;
        }

        return boundary == address ? _mappings[at].Iova != boundary : _mappings[at].Last + 1 != boundary;
    }

    private Errno UnmapRange(KernelTask task, in VfioIommuType1DmaUnmap unmap, in VfioBitmap bitmap, ulong last, out ulong unmapped)
    {
        unmapped = 0;
        int first = FirstFrom(unmap.Iova);
        int end = first;
        for (; end < _mappings.Count && _mappings[end].Iova <= last; end++)
        {
            Type1Mapping mapping = _mappings[end];
            // Version 1 takes whole mappings from their start on; a range that begins inside one takes nothing.
            if (!_v2 && unmap.Iova > mapping.Iova)
            {
                break;
            }

            if ((unmap.Flags & VfioUapi.VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) != 0
                && MarkDirty(task, bitmap.Data, mapping, unmap.Iova, SmallestPage) is not Errno.None and Errno fault)
            {
                Remove(first, end);
                return fault;
            }

            unmapped += mapping.Size;
        }

        Remove(first, end);
        return Errno.None;
    }

    // VFIO_DMA_UNMAP_FLAG_VADDR; one that has lost its address already fails the whole, undone.
    private Errno InvalidateAddresses(ulong iova, ulong last, out ulong size)
    {
        size = 0;
        int first = FirstFrom(iova);
        for (int at = first; at < _mappings.Count && _mappings[at].Iova <= last; at++)
        {
            if (_mappings[at].AddressInvalid)
            {
                for (int undo = first; undo < at; undo++)
                {
                    _mappings[undo].AddressInvalid = false;
                }

                size = 0;
                return Errno.EINVAL;
            }

            _mappings[at].AddressInvalid = true;
            size += _mappings[at].Size;
        }

        return Errno.None;
    }

    private void RemoveAll() => Remove(0, _mappings.Count);

    // vfio_remove_dma of each.
    private void Remove(int first, int end)
    {
        for (int at = first; at < end; at++)
        {
            Type1Mapping mapping = _mappings[at];
            foreach (Type1Domain domain in _domains)
            {
                domain.Domain.Unmap(mapping.Iova, mapping.Size);
            }

            mapping.Backing.Release();
            mapping.Account?.Uncharge(mapping.Size);

            _available++;
        }

        _mappings.RemoveRange(first, end - first);
    }

    // The first mapping that ends at or after an address.
    private int FirstFrom(ulong address)
    {
        int low = 0;
        int high = _mappings.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_mappings[middle].Last < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
