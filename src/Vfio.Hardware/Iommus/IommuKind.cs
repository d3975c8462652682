namespace Vfio.Hardware.Iommus;

/// <summary>Whose IOMMU it is: each kind has its own geometry, identity and way to speak of coherency.</summary>
public enum IommuKind
{
    /// <summary>Intel VT-d.</summary>
    IntelVtd,

    /// <summary>AMD-Vi.</summary>
    AmdVi,

    /// <summary>virtio-iommu.</summary>
    Virtio,

    /// <summary>ARM SMMUv3.</summary>
    ArmSmmuV3,

    /// <summary>The kernel's own test IOMMU (CONFIG_IOMMUFD_TEST): no hardware, and everything a driver can be asked for.</summary>
    Mock,
}
