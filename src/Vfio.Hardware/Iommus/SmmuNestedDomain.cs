namespace Vfio.Hardware.Iommus;

/// <summary>
/// A guest's stream table entry of an ARM SMMUv3: requests go past the first stage, or nowhere. Linux: struct arm_smmu_nested_domain,
/// drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c arm_smmu_make_nested_domain_ste.
/// </summary>
/// <remarks>Context descriptors are not walked: with a first stage that translates, every request faults.</remarks>
/// <param name="parent">The second stage.</param>
/// <param name="config">The Config field: 0 abort, 4 bypass, 5 the first stage translates.</param>
/// <param name="viommu">The vIOMMU it was made in; only its identity counts here.</param>
public sealed class SmmuNestedDomain(IommuDomain parent, uint config, object viommu) : NestedDomain(parent)
{
    /// <summary>Nothing passes.</summary>
    public const uint Abort = 0;

    /// <summary>The first stage leaves addresses as they are.</summary>
    public const uint Bypass = 4;

    /// <summary>The first stage translates.</summary>
    public const uint Translate = 5;

    /// <summary>The Config field.</summary>
    public uint Config { get; } = config;

    /// <summary>The vIOMMU it was made in.</summary>
    public object Viommu { get; } = viommu;

    /// <inheritdoc/>
    protected internal override bool TryTranslate(ulong address, bool write, out ulong parentAddress, out ulong room)
    {
        parentAddress = address;
        room = 4096 - (address & 4095);
        return Config == Bypass;
    }
}
