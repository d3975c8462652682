namespace Vfio;

/// <summary>What a device's DMA is translated by: a table of the kernel's (<see cref="Hwpt"/>), or one of a guest's inside it (<see cref="NestedHwpt"/>).</summary>
public abstract class PageTable : IommufdObject
{
    private protected PageTable(IommufdContext context, uint id, Ioas ioas)
        : base(context, id) => Ioas = ioas;

    /// <summary>The address space whose memory it reaches in the end; not owned.</summary>
    public Ioas Ioas { get; }
}
