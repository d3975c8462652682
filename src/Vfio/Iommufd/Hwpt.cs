namespace Vfio;

/// <summary>
/// One hardware page table, made for one device (IOMMU_HWPT_ALLOC of the paging kind). Whether it enforces cache coherency was decided
/// when it was made and never changes.
/// </summary>
public sealed class Hwpt : IDisposable
{
    private bool _disposed;

    internal Hwpt(IommufdContext context, uint id)
    {
        Context = context;
        Id = id;
    }

    /// <summary>The iommufd it lives in; not owned.</summary>
    public IommufdContext Context { get; }

    /// <summary>Its id there; what a device is attached to.</summary>
    public uint Id { get; }

    /// <summary>
    /// Destroys it (IOMMU_DESTROY). Where a device is still attached the kernel says EBUSY and it stays until the iommufd closes.
    /// </summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true) && !Context.Handle.IsClosed)
        {
            _ = Context.TryDestroy(Id);
        }
    }
}
