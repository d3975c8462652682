namespace Vfio.Hardware.Iommus;

/// <summary>
/// A first stage of translation in the hands of user space: its tables are in memory that the parent translates, and what they say is translated by the
/// parent again. Linux: struct iommu_domain of type IOMMU_DOMAIN_NESTED.
/// </summary>
/// <param name="parent">The second stage. Whoever makes this keeps it.</param>
public abstract class NestedDomain(IommuDomain parent) : DeviceDomain((parent ?? throw new ArgumentNullException(nameof(parent))).Unit)
{
    /// <summary>The second stage.</summary>
    public IommuDomain Parent { get; } = parent;

    /// <summary>Walks the first stage. False: there is no translation, or none that allows this.</summary>
    /// <param name="address">What the device asks for.</param>
    /// <param name="write">It writes.</param>
    /// <param name="parentAddress">Where that stands for the parent.</param>
    /// <param name="room">Bytes from there that the same entry translates; not zero.</param>
    protected internal abstract bool TryTranslate(ulong address, bool write, out ulong parentAddress, out ulong room);
}
