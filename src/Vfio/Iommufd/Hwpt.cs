namespace Vfio;

/// <summary>
/// One hardware page table, made for one device (IOMMU_HWPT_ALLOC of the paging kind). Whether it enforces cache coherency was decided
/// when it was made and never changes.
/// </summary>
public sealed class Hwpt : IDisposable
{
    private bool _disposed;

    internal Hwpt(IommufdContext context, uint id, Ioas ioas)
    {
        Context = context;
        Id = id;
        Ioas = ioas;
    }

    /// <summary>The iommufd it lives in; not owned.</summary>
    public IommufdContext Context { get; }

    /// <summary>Its id there; what <see cref="VfioDevice.Attach(Hwpt)"/> attaches a device to.</summary>
    public uint Id { get; }

    /// <summary>The address space it translates; not owned.</summary>
    public Ioas Ioas { get; }

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
