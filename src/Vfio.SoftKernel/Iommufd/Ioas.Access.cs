using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>What emulated devices do with the mappings. Linux: iommufd_access_* of drivers/iommu/iommufd/device.c, iopt_add_access and the accesses of pages.c.</content>
internal sealed partial class Ioas
{
    private readonly List<IoasAccess> _accesses = [];

    /// <summary>iopt_add_access: EADDRINUSE when a mapping does not have the alignment the access needs.</summary>
    public Errno AddAccess(IoasAccess access)
    {
        lock (_lock)
        {
            _accesses.Add(access);
            if (RecalculateAlignment())
            {
                return Errno.None;
            }

            _accesses.Remove(access);
            return Errno.EADDRINUSE;
        }
    }

    /// <summary>iopt_remove_access.</summary>
    public void RemoveAccess(IoasAccess access)
    {
        lock (_lock)
        {
            _accesses.Remove(access);
            RecalculateAlignment();
        }
    }

    /// <summary>
    /// iommufd_access_pin_pages, under the access's lock: pins the whole pages under a range and says what stands there. EINVAL for what does not begin on a page or
    /// is being unmapped, EPERM without the permission, ENOENT over a hole; then nothing is pinned.
    /// </summary>
    /// <param name="iova">First address.</param>
    /// <param name="last">Last address.</param>
    /// <param name="write">The pages will be written.</param>
    /// <param name="locks">An UNMAP is refused, instead of ending the pin.</param>
    /// <param name="found">Takes the memory, piece by piece.</param>
    public Errno PinPages(ulong iova, ulong last, bool write, bool locks, List<MemoryPiece> found)
    {
        lock (_lock)
        {
            Errno error = Errno.ENOENT;
            ulong at = iova;
            while (_areas.First(at, at) is { } area)
            {
                ulong partLast = Math.Min(last, area.Last);
                error = PinPart(area, at, partLast, last, write, locks, found);
                if (error != Errno.None)
                {
                    break;
                }

                if (partLast == last)
                {
                    return Errno.None;
                }

                at = partLast + 1;
                error = Errno.ENOENT;
            }

            if (at != iova)
            {
                UnpinLocked(iova, at - 1, locks);
            }

            return error;
        }
    }

    /// <summary>iommufd_access_unpin_pages: exactly what was pinned.</summary>
    public void UnpinPages(ulong iova, ulong last, bool locks)
    {
        lock (_lock)
        {
            UnpinLocked(iova, last, locks);
        }
    }

    /// <summary>
    /// iommufd_access_rw: copies between a buffer and what is mapped, area by area; those before the one that fails have been copied. ENOENT over a hole, EPERM without
    /// the permission, EINVAL while it is being unmapped and for a dma-buf.
    /// </summary>
    public Errno ReadWrite(in AccessTransfer transfer, ulong iova, ulong last, Span<byte> buffer)
    {
        lock (_lock)
        {
            while (_areas.First(iova, iova) is { } area)
            {
                if (area.PreventsAccess)
                {
                    return Errno.EINVAL;
                }

                if ((area.Access & (transfer.Write ? DmaAccess.Write : DmaAccess.Read)) == 0)
                {
                    return Errno.EPERM;
                }

                ulong partLast = Math.Min(last, area.Last);
                int length = (int)(partLast - iova + 1);
                Errno error = transfer.Copy(area.Pages, area.ByteOf(iova), buffer[..length]);
                if (error != Errno.None || partLast == last)
                {
                    return error;
                }

                buffer = buffer[length..];
                iova = partLast + 1;
            }

            return Errno.ENOENT;
        }
    }

    /// <summary>iommufd_access_notify_unmap: everybody who may have pinned something there lets go of it before this returns. Under no lock.</summary>
    private void NotifyUnmap(ulong iova, ulong length)
    {
        IoasAccess[] accesses;
        lock (_lock)
        {
            accesses = [.. _accesses];
        }

        foreach (IoasAccess access in accesses)
        {
            access.NotifyUnmap(iova, length);
        }
    }

    private static Errno PinPart(IoasArea area, ulong iova, ulong partLast, ulong last, bool write, bool locks, List<MemoryPiece> found)
    {
        // iopt_area_contig_is_aligned: on a page where it begins, and where it goes on into another area on a page there too.
        ulong first = area.ByteOf(iova) + area.Pages.Start;
        bool aligned = (first & (PageSize - 1)) == 0 && (partLast == last || ((area.LastByte + area.Pages.Start) & (PageSize - 1)) == PageSize - 1);
        if (area.PreventsAccess || !aligned)
        {
            return Errno.EINVAL;
        }

        if ((area.Access & (write ? DmaAccess.Write : DmaAccess.Read)) == 0)
        {
            return Errno.EPERM;
        }

        if (write && !area.Pages.Writable)
        {
            return Errno.EPERM;
        }

        if (area.Pages.IsDmaBuf)
        {
            return Errno.EINVAL;
        }

        if (locks && area.Locks == ushort.MaxValue)
        {
            return Errno.ENOMEM;
        }

        ulong firstByte = area.ByteOf(iova);
        ulong lastByte = area.ByteOf(partLast);
        Errno error = area.Pages.Pin(firstByte, lastByte);
        if (error != Errno.None)
        {
            return error;
        }

        area.Accesses++;
        area.Locks += (ushort)(locks ? 1 : 0);
        while (firstByte <= lastByte)
        {
            DmaBacking memory = area.Pages.Find(firstByte, lastByte, out ulong offset, out ulong length);
            found.Add(new MemoryPiece(memory, offset, length));
            firstByte += length;
        }

        return Errno.None;
    }

    private void UnpinLocked(ulong iova, ulong last, bool locks)
    {
        while (_areas.First(iova, iova) is { } area)
        {
            ulong partLast = Math.Min(last, area.Last);
            area.Accesses--;
            area.Locks -= (ushort)(locks ? 1 : 0);
            area.Pages.Unpin(area.ByteOf(iova), area.ByteOf(partLast));
            if (partLast == last)
            {
                return;
            }

            iova = partLast + 1;
        }

        throw new InvalidOperationException("Unpinned what was not pinned.");
    }
}
