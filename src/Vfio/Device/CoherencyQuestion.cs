using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// Asks the kernel whether the device just attached is kept coherent (docs/coherency.md). An address space without a page table says yes for everybody, so the
/// device is attached first and the space is its own.
/// </summary>
internal static class CoherencyQuestion
{
    /// <summary>
    /// By an iommufd: the address space stands in as compat IOAS for the question and whatever stood there before is put back
    /// (Linux: drivers/iommu/iommufd/vfio_compat.c iommufd_vfio_cc_iommu).
    /// </summary>
    /// <param name="iommufd">The iommufd.</param>
    /// <param name="ioas">What the device is attached to.</param>
    /// <param name="isOwn">Whether only this device is attached to it: the answer is about every page table in it.</param>
    public static CoherencyVerdict Ask(IommufdContext iommufd, Ioas ioas, bool isOwn)
    {
        lock (iommufd.CompatIoasLock)
        {
            uint? previous;
            try
            {
                previous = iommufd.GetCompatIoas();
                iommufd.SetCompatIoas(ioas.Id);
            }
            catch (VfioException e)
            {
                return Unknown($"the device's IOAS could not stand in as compat IOAS: {e.Operation} gave {e.Errno}");
            }

            int answer = iommufd.Handle.Ioctl(VfioUapi.VFIO_CHECK_EXTENSION, (nuint)VfioUapi.VFIO_DMA_CC_IOMMU);
            int restored = previous is { } id
                ? iommufd.CompatIoas(IommufdUapi.IOMMU_VFIO_IOAS_SET, id)
                : iommufd.CompatIoas(IommufdUapi.IOMMU_VFIO_IOAS_CLEAR, 0);
            if (restored < 0)
            {
                return Unknown($"the compat IOAS could not be put back: IOMMU_VFIO_IOAS gave {(Errno)(-restored)}");
            }

            return answer switch
            {
                1 => new CoherencyVerdict(Coherency.Enforced, "iommufd, device attached: VFIO_DMA_CC_IOMMU is 1", true),
                0 when isOwn => new CoherencyVerdict(Coherency.NotEnforced, "iommufd, device attached: VFIO_DMA_CC_IOMMU is 0", true),
                0 => Unknown("iommufd, device attached to a shared IOAS: VFIO_DMA_CC_IOMMU is 0, for this device or for another in it"),
                _ => Unknown($"iommufd, device attached: VFIO_DMA_CC_IOMMU gave {(answer < 0 ? (Errno)(-answer) : answer)}"),
            };
        }
    }

    /// <summary>By a container, after SET_IOMMU (Linux: drivers/vfio/vfio_iommu_type1.c vfio_domains_have_enforce_cache_coherency).</summary>
    /// <param name="container">The container.</param>
    /// <param name="isOwn">Whether only this device's group is in it.</param>
    public static CoherencyVerdict Ask(VfioContainer container, bool isOwn)
    {
        int answer = container.Handle.Ioctl(VfioUapi.VFIO_CHECK_EXTENSION, (nuint)VfioUapi.VFIO_DMA_CC_IOMMU);
        return answer switch
        {
            1 => new CoherencyVerdict(Coherency.Enforced, "container, after SET_IOMMU: VFIO_DMA_CC_IOMMU is 1", true),
            0 when isOwn => new CoherencyVerdict(Coherency.NotEnforced, "container, after SET_IOMMU: VFIO_DMA_CC_IOMMU is 0", true),
            0 => Unknown("shared container, after SET_IOMMU: VFIO_DMA_CC_IOMMU is 0, for this device's group or for another in it"),
            _ => Unknown($"container, after SET_IOMMU: VFIO_DMA_CC_IOMMU gave {(answer < 0 ? (Errno)(-answer) : answer)}"),
        };
    }

    private static CoherencyVerdict Unknown(string evidence) => new(Coherency.Unknown, evidence);
}
