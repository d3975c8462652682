namespace Vfio;

/// <summary>The IOMMUs this library knows to tell apart.</summary>
public enum IommuType
{
    /// <summary>None, or one it does not know.</summary>
    Unknown,

    /// <summary>Intel VT-d.</summary>
    IntelVtd,

    /// <summary>AMD-Vi.</summary>
    AmdVi,

    /// <summary>virtio-iommu, in a virtual machine.</summary>
    Virtio,
}
