using System.Diagnostics;
using System.Numerics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Type1;

/// <summary>
/// The type 1 IOMMU driver of a container: one set of mappings, kept in the page tables of all its groups. Linux:
/// drivers/vfio/vfio_iommu_type1.c, struct vfio_iommu; the order of its checks is kept.
/// </summary>
/// <remarks>
/// Parts: groups and page tables here; <c>.Map</c> mapping and unmapping, <c>.Info</c> what is told, <c>.Dirty</c> dirty pages. Its lock is
/// taken inside the container's; IommuGroup's and the domains' inside it.
/// </remarks>
internal sealed partial class Type1Container : IVfioIommuDriver
{
    private const ulong PageSize = 4096;

    private readonly Lock _lock = new();
    private readonly VfioModule _module;
    private readonly bool _v2;
    private readonly List<Type1Domain> _domains = [];
    private List<(ulong First, ulong Last)> _ranges = [];
    private ulong _pageSizes = ~(PageSize - 1);
    private uint _available;

    private Type1Container(VfioModule module, bool v2)
    {
        _module = module;
        _v2 = v2;
        _available = module.Parameters.DmaEntryLimit;
    }

    /// <summary>VFIO_CHECK_EXTENSION of a container without a driver.</summary>
    public static int CheckUnopened(ulong extension) => extension is VfioUapi.VFIO_TYPE1_IOMMU or VfioUapi.VFIO_TYPE1v2_IOMMU
        or VfioUapi.VFIO_UNMAP_ALL ? 1 : 0;

    /// <summary>vfio_iommu_type1_open: ENODEV for a kind that is not type 1's at all, EINVAL for an extension that is no kind.</summary>
    public static Errno Open(VfioModule module, ulong kind, out IVfioIommuDriver? driver)
    {
        driver = kind is VfioUapi.VFIO_TYPE1_IOMMU or VfioUapi.VFIO_TYPE1v2_IOMMU
            ? new Type1Container(module, kind == VfioUapi.VFIO_TYPE1v2_IOMMU)
            : null;
        return driver is not null ? Errno.None : CheckUnopened(kind) != 0 ? Errno.EINVAL : Errno.ENODEV;
    }

    /// <inheritdoc/>
    public int CheckExtension(ulong extension)
    {
        if (extension != VfioUapi.VFIO_DMA_CC_IOMMU)
        {
            // No emulated device is ever in a container here, so addresses can be updated.
            return extension == VfioUapi.VFIO_UPDATE_VADDR ? 1 : CheckUnopened(extension);
        }

        lock (_lock)
        {
            return _domains.TrueForAll(domain => domain.Domain.EnforcesCoherency) ? 1 : 0;
        }
    }

    /// <inheritdoc/>
    public Errno AttachGroup(VfioGroup group)
    {
        // vfio_iommu_type1_attach_group.
        IommuGroup iommu = group.Iommu!;
        lock (_lock)
        {
            // What would have to be pinned for it has no address now.
            if (_mappings.Exists(mapping => mapping.AddressInvalid))
            {
                return Errno.EBUSY;
            }

            IommuDomain domain = iommu.Devices[0].Unit!.AllocateDomain();
            Errno error = iommu.AttachDomain(domain);
            if (error != Errno.None)
            {
                return error;
            }

            List<(ulong First, ulong Last)> ranges = _domains.Count == 0 ? [(0, ulong.MaxValue)] : _ranges;
            ranges = IovaList.Without(IovaList.Within(ranges, domain.ApertureFirst, domain.ApertureLast), RegionsOf(iommu));
            if (ranges.Count == 0 || _mappings.Exists(mapping => !IsInside(ranges, mapping.Iova, mapping.Last)))
            {
                error = Errno.EINVAL;
            }
            else if (!_module.Parameters.AllowUnsafeInterrupts && !iommu.HasIsolatedMsi)
            {
                error = Errno.EPERM;
            }

            if (error != Errno.None)
            {
                iommu.DetachDomain();
                return error;
            }

            domain.EnforceCoherency();
            if (!JoinExisting(group, iommu, domain))
            {
                Replay(domain);
                _domains.Add(new Type1Domain(domain) { Groups = { group } });
            }

            _ranges = ranges;
            UpdatePageSizes();
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    public void DetachGroup(VfioGroup group)
    {
        // vfio_iommu_type1_detach_group: with the last page table go the mappings.
        lock (_lock)
        {
            int index = _domains.FindIndex(domain => domain.Groups.Contains(group));
            if (index < 0)
            {
                return;
            }

            Type1Domain domain = _domains[index];
            group.Iommu!.DetachDomain();
            domain.Groups.Remove(group);
            if (domain.Groups.Count == 0)
            {
                if (_domains.Count == 1)
                {
                    RemoveAll();
                }
                else
                {
                    foreach (Type1Mapping mapping in _mappings)
                    {
                        domain.Domain.Unmap(mapping.Iova, mapping.Size);
                    }
                }

                _domains.RemoveAt(index);
            }

            RebuildRanges();
            UpdatePageSizes();
        }
    }

    /// <inheritdoc/>
    public int Ioctl(KernelTask task, uint request, UserArgument argument) => request switch
    {
        VfioUapi.VFIO_IOMMU_GET_INFO => -(int)GetInfo(argument),
        VfioUapi.VFIO_IOMMU_MAP_DMA => -(int)Map(task, argument),
        VfioUapi.VFIO_IOMMU_UNMAP_DMA => -(int)Unmap(task, argument),
        VfioUapi.VFIO_IOMMU_DIRTY_PAGES => -(int)DirtyPages(task, argument),
        _ => -(int)Errno.ENOTTY,
    };

    /// <inheritdoc/>
    public void Release()
    {
        lock (_lock)
        {
            RemoveAll();
        }
    }

    private static IEnumerable<ReservedRegion> RegionsOf(IommuGroup group) => group.Devices.SelectMany(device => device.ReservedRegions);

    private static bool IsInside(List<(ulong First, ulong Last)> ranges, ulong first, ulong last)
        => ranges.Exists(range => first >= range.First && last <= range.Last);

    // A group joins a page table that enforces coherency as its own would, and that its IOMMU accepts.
    private bool JoinExisting(VfioGroup group, IommuGroup iommu, IommuDomain own)
    {
        foreach (Type1Domain known in _domains)
        {
            if (known.Domain.EnforcesCoherency != own.EnforcesCoherency || known.Domain.Unit.Kind != own.Unit.Kind)
            {
                continue;
            }

            iommu.DetachDomain();
            if (iommu.AttachDomain(known.Domain) == Errno.None)
            {
                known.Groups.Add(group);
                return true;
            }

            Errno back = iommu.AttachDomain(own);
            Debug.Assert(back == Errno.None, "A group takes the page table it just had.");
        }

        return false;
    }

    // vfio_iommu_replay: what is mapped is mapped for newcomers too.
    private void Replay(IommuDomain domain)
    {
        foreach (Type1Mapping mapping in _mappings)
        {
            domain.Map(mapping.Iova, mapping.Backing, mapping.Offset, mapping.Size, mapping.Access);
        }
    }

    private void RebuildRanges()
    {
        List<(ulong First, ulong Last)> ranges = [(0, ulong.MaxValue)];
        foreach (Type1Domain domain in _domains)
        {
            ranges = IovaList.Within(ranges, domain.Domain.ApertureFirst, domain.Domain.ApertureLast);
            ranges = IovaList.Without(ranges, domain.Groups.SelectMany(group => RegionsOf(group.Iommu!)));
        }

        _ranges = _domains.Count == 0 ? [] : ranges;
    }

    // vfio_update_pgsize_bitmap: pages smaller than the host's are of no use here.
    private void UpdatePageSizes()
    {
        ulong sizes = _domains.Aggregate(ulong.MaxValue, static (sizes, domain) => sizes & domain.Domain.PageSizes);
        if ((sizes & (PageSize - 1)) != 0)
        {
            sizes = (sizes & ~(PageSize - 1)) | PageSize;
        }

        _pageSizes = sizes;
    }

    private ulong SmallestPage => 1UL << BitOperations.TrailingZeroCount(_pageSizes);
}
