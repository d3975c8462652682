using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The page tables that hold the mappings, and the alignment they need. Linux: drivers/iommu/iommufd/io_pagetable.c.</content>
internal sealed partial class Ioas
{
    private readonly List<IommuDomain> _domains = [];
    private bool _largePagesDisabled;

    /// <summary>What every address, length and offset of a mapping is a multiple of.</summary>
    public ulong Alignment { get; private set; } = 1;

    /// <summary>IOMMU_OPTION_HUGE_PAGES.</summary>
    public bool LargePagesDisabled => Volatile.Read(ref _largePagesDisabled);

    /// <summary>
    /// iopt_table_add_domain: loads every mapping into a page table that was just made. EINVAL when its smallest page is larger than ours, EADDRINUSE when a
    /// mapping is misaligned for it or outside its reach; EFAULT, ENOMEM from pinning.
    /// </summary>
    public Errno AddDomain(IommuDomain domain)
    {
        lock (_lock)
        {
            ulong alignment = Math.Max(SmallestPage(domain), Alignment);
            if (alignment > PageSize)
            {
                return Errno.EINVAL;
            }

            if (alignment != Alignment && !AreasAreAligned(alignment))
            {
                return Errno.EADDRINUSE;
            }

            Errno error = domain.ApertureFirst == 0 ? Errno.None : Reserve(0, domain.ApertureFirst - 1, domain);
            if (error == Errno.None && domain.ApertureLast != ulong.MaxValue)
            {
                error = Reserve(domain.ApertureLast + 1, ulong.MaxValue, domain);
            }

            if (error == Errno.None)
            {
                domain.LargestPage = _largePagesDisabled ? PageSize : ulong.MaxValue;
                error = FillDomain(domain);
            }

            if (error != Errno.None)
            {
                Unreserve(domain);
                return error;
            }

            Alignment = alignment;
            _domains.Add(domain);
            return Errno.None;
        }
    }

    /// <summary>iopt_table_remove_domain: with the last page table the pins go too.</summary>
    public void RemoveDomain(IommuDomain domain)
    {
        lock (_lock)
        {
            _domains.Remove(domain);
            for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
            {
                area.Pages.Unload(area, domain);
                if (_domains.Count == 0)
                {
                    area.IsLoaded = false;
                    area.Pages.Unpin(area.StartByte, area.LastByte);
                }
            }

            Unreserve(domain);
            RecalculateAlignment();
        }
    }

    /// <summary>iopt_disable_large_pages: EINVAL once mappings stand in a page table, EADDRINUSE when one is not page aligned.</summary>
    public Errno DisableLargePages()
    {
        lock (_lock)
        {
            if (_largePagesDisabled)
            {
                return Errno.None;
            }

            if (_domains.Count != 0 && !_areas.IsEmpty)
            {
                return Errno.EINVAL;
            }

            _largePagesDisabled = true;
            if (RecalculateAlignment())
            {
                _domains.ForEach(static domain => domain.LargestPage = PageSize);
                return Errno.None;
            }

            _largePagesDisabled = false;
            return Errno.EADDRINUSE;
        }
    }

    /// <summary>iopt_enable_large_pages.</summary>
    public void EnableLargePages()
    {
        lock (_lock)
        {
            _largePagesDisabled = false;
            _domains.ForEach(static domain => domain.LargestPage = ulong.MaxValue);
            RecalculateAlignment();
        }
    }

    /// <summary>The page sizes every page table has; all ones when there is none.</summary>
    public ulong CommonPageSizes()
    {
        lock (_lock)
        {
            ulong sizes = ulong.MaxValue;
            foreach (IommuDomain domain in _domains)
            {
                sizes &= domain.PageSizes;
            }

            return sizes;
        }
    }

    /// <summary>iopt_fill_domain: loads all areas into one more page table, or none.</summary>
    private Errno FillDomain(IommuDomain domain)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
        {
            bool isPinned = area.IsLoaded;
            Errno error = isPinned ? Errno.None : area.Pages.Pin(area.StartByte, area.LastByte);
            if (error == Errno.None && !domain.Takes(area.Access))
            {
                error = Errno.EINVAL;
                if (!isPinned)
                {
                    area.Pages.Unpin(area.StartByte, area.LastByte);
                }
            }

            if (error != Errno.None)
            {
                for (IoasArea undo = _areas.First(0, ulong.MaxValue)!; undo != area; undo = _areas.Next(undo)!)
                {
                    undo.Pages.Unload(undo, domain);

                    // The first page table pins, and the others find it done.
                    if (_domains.Count == 0)
                    {
                        undo.IsLoaded = false;
                        undo.Pages.Unpin(undo.StartByte, undo.LastByte);
                    }
                }

                return error;
            }

            area.IsLoaded = true;
            area.Pages.Load(area, domain);
        }

        return Errno.None;
    }

    /// <summary>iopt_calculate_iova_alignment: false, and nothing changed, when an area does not have it.</summary>
    private bool RecalculateAlignment()
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        ulong alignment = _largePagesDisabled ? PageSize : 1;
        foreach (IommuDomain domain in _domains)
        {
            alignment = Math.Max(alignment, SmallestPage(domain));
        }

        foreach (IoasAccess access in _accesses)
        {
            alignment = Math.Max(alignment, access.Alignment);
        }

        if (alignment > Alignment && !AreasAreAligned(alignment))
        {
            return false;
        }

        Alignment = alignment;
        return true;
    }

    private bool AreasAreAligned(ulong alignment)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
        {
            if (((area.Start | area.Length | area.PageOffset) & (alignment - 1)) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static ulong SmallestPage(IommuDomain domain) => domain.PageSizes & (0 - domain.PageSizes);
}
