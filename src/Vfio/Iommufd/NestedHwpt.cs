using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A page table that a guest keeps in its own memory, walked by the hardware on top of a parent (IOMMU_HWPT_ALLOC of the nested kind). Whoever changes it says so by
/// <see cref="Invalidate(ReadOnlySpan{IommuHwptVtdS1Invalidate})"/>.
/// </summary>
public sealed class NestedHwpt : PageTable
{
    internal NestedHwpt(IommufdContext context, uint id, Hwpt parent)
        : base(context, id, parent.Ioas) => Parent = parent;

    /// <summary>What translates the guest's addresses further; not owned.</summary>
    public Hwpt Parent { get; }

    /// <summary>Has the IOMMU forget what it cached of a VT-d stage-1 table (IOMMU_HWPT_INVALIDATE, VTD_S1).</summary>
    /// <param name="requests">What changed, in order.</param>
    /// <exception cref="VfioException">The kernel's errno, with how many were carried out before it.</exception>
    public void Invalidate(params ReadOnlySpan<IommuHwptVtdS1Invalidate> requests) =>
        Invalidation.Run(Context, Id, IommufdUapi.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1, requests);

    /// <summary>Has the IOMMU forget what it cached, with requests of a kind this library has no type for (IOMMU_HWPT_INVALIDATE).</summary>
    /// <typeparam name="T">A blittable request as the kernel lays it out.</typeparam>
    /// <param name="dataType">The kind's number.</param>
    /// <param name="requests">What changed, in order; none asks whether the kernel knows the kind.</param>
    /// <exception cref="VfioException">The kernel's errno, with how many were carried out before it. EOPNOTSUPP, EINVAL: not of this table's kind.</exception>
    public void Invalidate<T>(uint dataType, params ReadOnlySpan<T> requests)
        where T : unmanaged => Invalidation.Run(Context, Id, dataType, requests);
}
