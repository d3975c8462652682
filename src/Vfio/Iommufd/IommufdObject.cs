namespace Vfio;

/// <summary>Something made in an iommufd and named there by an id.</summary>
public abstract class IommufdObject : IDisposable
{
    private bool _disposed;

    private protected IommufdObject(IommufdContext context, uint id)
    {
        Context = context;
        Id = id;
    }

    /// <summary>The iommufd it lives in; not owned.</summary>
    public IommufdContext Context { get; }

    /// <summary>Its id there.</summary>
    public uint Id { get; }

    /// <summary>
    /// Destroys it (IOMMU_DESTROY). Where something was made from it or a device is attached to it the kernel says EBUSY, and it stays until the iommufd closes.
    /// May be called again.
    /// </summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        CloseFile();
        try
        {
            _ = Context.TryDestroy(Id);
        }
        catch (ObjectDisposedException)
        {
            // It went as the iommufd was closed.
        }
    }

    /// <summary>Closes a descriptor that keeps the object, before it is destroyed.</summary>
    private protected virtual void CloseFile()
    {
    }
}
