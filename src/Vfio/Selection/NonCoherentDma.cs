namespace Vfio;

/// <summary>What to do with a device whose DMA the IOMMU does not force to be coherent.</summary>
public enum NonCoherentDma
{
    /// <summary>Open it, with a warning.</summary>
    Allow,

    /// <summary>Open it by group only.</summary>
    UseGroup,

    /// <summary>Refuse it; and refuse what could not be learned.</summary>
    Refuse,
}
