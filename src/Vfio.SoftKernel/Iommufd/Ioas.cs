using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// An I/O address space: what is mapped where, whatever page tables it is loaded into. Linux: struct iommufd_ioas and its io_pagetable,
/// drivers/iommu/iommufd/io_pagetable.c.
/// </summary>
/// <remarks>
/// <see cref="HwptLock"/> is ioas->mutex. <see cref="_lock"/> stands for domains_rwsem and iova_rwsem together: a map holds it while it pins, so nobody ever
/// meets a half-built area; it is never held while an emulated device is told to let go. An address space with no page table pins nothing.
/// </remarks>
internal sealed partial class Ioas : KernelObject
{
    private const ulong PageSize = 4096;

    /// <summary>What iommufd_access_notify_unmap is tried before UNMAP gives up.</summary>
    private const int UnmapTries = 100;

    private readonly Lock _lock = new();
    private readonly AreaTree _areas = new();

    /// <summary>ioas->mutex: the list of page tables, and the choice of an automatic one.</summary>
    public Lock HwptLock { get; } = new();

    /// <summary>Its page tables in the order they were made. Under <see cref="HwptLock"/>.</summary>
    public List<Hwpt> Hwpts { get; } = [];

    /// <summary>The iommufd whose compatibility IOAS this may be.</summary>
    public required IommufdFile Context { get; init; }

    /// <summary>iopt_map_pages of one piece.</summary>
    public Errno Map(IoasPages pages, ulong startByte, ulong length, ref ulong iova, DmaAccess access, bool fixedIova)
    {
        IoasArea area = new(pages, startByte) { Last = length - 1 };
        return Map(area, length, ref iova, access, fixedIova);
    }

    /// <summary>
    /// iopt_map_pages: puts new areas (each with its length; the next in <see cref="IoasArea.Left"/>) one after the other at <paramref name="iova"/>, or where
    /// they fit. All or none; on failure the pages stay the caller's.
    /// </summary>
    public Errno Map(IoasArea chain, ulong length, ref ulong iova, DmaAccess access, bool fixedIova)
    {
        lock (_lock)
        {
            if (length == 0 || (length & (Alignment - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            ulong place = iova;
            Errno error = fixedIova ? CheckIova(place, length) : AllocateIova(out place, chain.Pages.Start + chain.StartByte, length);
            if (error != Errno.None)
            {
                return error;
            }

            ulong next = place;
            for (IoasArea? area = chain; area is not null; area = area.Left)
            {
                error = Check(area, next, access);
                if (error != Errno.None)
                {
                    return error;
                }

                next = area.Last + 1;
            }

            for (IoasArea? area = chain; area is not null; area = area.Left)
            {
                error = Fill(area);
                if (error != Errno.None)
                {
                    for (IoasArea undo = chain; undo != area; undo = undo.Left!)
                    {
                        Unfill(undo);
                    }

                    return error;
                }
            }

            for (IoasArea? area = chain; area is not null;)
            {
                IoasArea? following = area.Left;
                _areas.Insert(area);
                area = following;
            }

            iova = place;
            return Errno.None;
        }
    }

    /// <summary>
    /// iopt_get_pages: what stands at [<paramref name="iova"/>, + <paramref name="length"/>) as new areas, chained for
    /// <see cref="Map(IoasArea, ulong, ref ulong, DmaAccess, bool)"/>, each with a reference on its pages. ENOENT over a hole.
    /// </summary>
    public Errno GetPages(ulong iova, ulong length, out IoasArea? chain)
    {
        chain = null;
        if (length == 0)
        {
            return Errno.EINVAL;
        }

        if (iova + (length - 1) < iova)
        {
            return Errno.EOVERFLOW;
        }

        ulong last = iova + (length - 1);
        IoasArea? first = null;
        IoasArea? tail = null;
        lock (_lock)
        {
            while (true)
            {
                IoasArea? area = _areas.First(iova, iova);
                if (area is null)
                {
                    // The areas hold references of their own: none of these is the last.
                    for (; first is not null; first = first.Left)
                    {
                        first.Pages.Release();
                    }

                    return Errno.ENOENT;
                }

                ulong partLast = Math.Min(last, area.Last);
                IoasArea part = new(area.Pages, area.ByteOf(iova)) { Last = partLast - iova };
                area.Pages.Acquire();
                if (tail is null)
                {
                    first = part;
                }
                else
                {
                    tail.Left = part;
                }

                tail = part;
                if (partLast == last)
                {
                    chain = first;
                    return Errno.None;
                }

                iova = partLast + 1;
            }
        }
    }

    /// <summary>
    /// iopt_unmap_iova_range: whole areas go, in ascending order; none is no error. ENOENT at one that reaches outside, EBUSY at one that is locked: those before it
    /// are gone by then. Emulated devices are told to let go first; EDEADLK when one does not.
    /// </summary>
    public Errno Unmap(ulong start, ulong last, out ulong bytes)
    {
        bytes = 0;
        IoasArea? gone = null;
        Errno error;
        int tries = 0;
        while ((error = UnmapUnused(ref start, last, ref bytes, ref gone, ref tries, out IovaSpan used)) == Errno.EAGAIN)
        {
            NotifyUnmap(used.Start, used.Last - used.Start + 1);
            if (++tries > UnmapTries)
            {
                error = Errno.EDEADLK;
                break;
            }
        }

        // Outside the lock: the last reference to pages may close a file.
        for (; gone is not null; gone = gone.Left)
        {
            gone.Pages.Release();
        }

        return error;
    }

    /// <summary>Unmaps up to the first area that an emulated device still uses: EAGAIN, with the area's addresses. What was unmapped is chained in front of <paramref name="gone"/>.</summary>
    private Errno UnmapUnused(ref ulong start, ulong last, ref ulong bytes, ref IoasArea? gone, ref int tries, out IovaSpan used)
    {
        used = default;
        lock (_lock)
        {
            while (_areas.First(start, last) is { } area)
            {
                if (area.Locks != 0)
                {
                    return Errno.EBUSY;
                }

                if (area.Start < start || area.Last > last)
                {
                    return Errno.ENOENT;
                }

                if (area.Start != start)
                {
                    tries = 0;
                }

                if (area.Accesses != 0)
                {
                    start = area.Start;
                    area.PreventsAccess = true;
                    used = new IovaSpan(area.Start, area.Last);
                    return Errno.EAGAIN;
                }

                Drop(area);
                area.Left = gone;
                gone = area;
                bytes += area.Length;
                if (area.Last >= last)
                {
                    break;
                }

                start = area.Last + 1;
            }

            return Errno.None;
        }
    }

    /// <summary>What the kernel's fuzzer interface does with an address it cannot know: area number (low half) and offset into it (high half). 0 when there is none.</summary>
    public ulong NthArea(ulong coded)
    {
        lock (_lock)
        {
            IoasArea? area = _areas.First(0, ulong.MaxValue);
            for (uint left = (uint)coded; left != 0 && area is not null; left--)
            {
                area = _areas.Next(area);
            }

            return area is null ? 0 : area.Start + (coded >> 32);
        }
    }

    /// <summary>Has something here pinned that page? For MD_CHECK_REFS; each of these pages counts once, however many areas share them.</summary>
    public void CollectPinning(MemoryPlace page, HashSet<IoasPages> found)
    {
        lock (_lock)
        {
            for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
            {
                if (!found.Contains(area.Pages) && area.Pages.HasPinned(page))
                {
                    found.Add(area.Pages);
                }
            }
        }
    }

    /// <summary>iommufd_take_all_iova_rwsem, of one.</summary>
    public void LockForChange() => _lock.Enter();

    /// <summary>iommufd_release_all_iova_rwsem, of one.</summary>
    public void UnlockAfterChange() => _lock.Exit();

    /// <summary>The pages of every mapping; false when one is not of a file. Between <see cref="LockForChange"/> and <see cref="UnlockAfterChange"/>.</summary>
    public bool CollectFilePages(HashSet<IoasPages> pages)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
        {
            if (!area.Pages.Source.IsFile)
            {
                return false;
            }

            pages.Add(area.Pages);
        }

        return true;
    }

    /// <summary>iopt_unmap_all.</summary>
    public Errno UnmapAll(out ulong bytes) => Unmap(0, ulong.MaxValue, out bytes);

    /// <summary>iopt_cut_iova: areas that go on past <paramref name="last"/> are cut after it, for the type1 calls that unmap in the middle.</summary>
    public Errno Cut(ulong last)
    {
        lock (_lock)
        {
            if (_areas.First(last, last) is not { } area || last == area.Start || last == area.Last)
            {
                // The kernel too takes a cut after the very first byte for none (iopt_area_split).
                return Errno.None;
            }

            if (area.PreventsAccess)
            {
                return Errno.EBUSY;
            }

            if (area.Pages.IsDmaBuf)
            {
                return Errno.EOPNOTSUPP;
            }

            ulong next = last + 1;
            ulong nextByte = area.ByteOf(next);
            if ((next & (Alignment - 1)) != 0 || (nextByte & (Alignment - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            if (area.Accesses != 0 || (area.IsLoaded && !_largePagesDisabled))
            {
                return Errno.EINVAL;
            }

            // A loaded area is cut between whole pages: its pin is now the pins of the two.
            Debug.Assert(!area.IsLoaded || ((area.Pages.Start + nextByte) & (PageSize - 1)) == 0, "a page would be given back twice");
            _areas.Remove(area);
            area.Pages.Acquire();
            _areas.Insert(new IoasArea(area.Pages, area.StartByte) { Start = area.Start, Last = last, Access = area.Access, IsLoaded = area.IsLoaded });
            _areas.Insert(new IoasArea(area.Pages, nextByte) { Start = next, Last = area.Last, Access = area.Access, IsLoaded = area.IsLoaded });
            return Errno.None;
        }
    }

    /// <summary>iommufd_ioas_destroy.</summary>
    internal override void OnDestroyed()
    {
        Context.ForgetCompatIoas(this);
        UnmapAll(out _);
    }

    /// <summary>iopt_insert_area, but for the tree.</summary>
    private Errno Check(IoasArea area, ulong iova, DmaAccess access)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if ((access & DmaAccess.Write) != 0 && !area.Pages.Writable)
        {
            return Errno.EPERM;
        }

        if ((area.PageOffset & (Alignment - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        // Until here Start is 0 and Last the length less one.
        ulong last = iova + (area.Last - area.Start);
        if (last < iova || !area.Pages.IsCounted)
        {
            return Errno.EOVERFLOW;
        }

        area.Start = iova;
        area.Last = last;
        area.Access = access;
        return Errno.None;
    }

    /// <summary>iopt_area_fill_domains: pins and maps an area where there are page tables; all or nothing.</summary>
    private Errno Fill(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (_domains.Count == 0)
        {
            return Errno.None;
        }

        Errno error = area.Pages.Fill(area, _domains);
        area.IsLoaded = error == Errno.None;
        return error;
    }

    /// <summary>iopt_area_unfill_domains.</summary>
    private void Unfill(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (area.IsLoaded)
        {
            area.IsLoaded = false;
            area.Pages.Unfill(area, _domains);
        }
    }

    private void Drop(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        _areas.Remove(area);
        if (area.Start < _noFitBelow)
        {
            _noFitBelow = _areas.Before(area.Start) is { } before ? before.Last + 1 : 0;
        }

        Unfill(area);
    }
}
