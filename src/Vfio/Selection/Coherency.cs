namespace Vfio;

/// <summary>Whether the IOMMU forces a device's DMA to be coherent with the CPU caches.</summary>
public enum Coherency
{
    /// <summary>It could not be learned.</summary>
    Unknown,

    /// <summary>Every DMA snoops the caches, whatever the device asks for.</summary>
    Enforced,

    /// <summary>A device may bypass the caches (no-snoop).</summary>
    NotEnforced,
}
