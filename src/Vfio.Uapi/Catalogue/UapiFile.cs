namespace Vfio.Uapi;

/// <summary>
/// The kinds of open file that take the calls of the catalogue. VFIO uses one number for several calls, told apart by the file.
/// </summary>
public enum UapiFile
{
    /// <summary>/dev/iommu. It also answers the calls of <see cref="Container"/>, for the IOAS chosen by IOMMU_VFIO_IOAS.</summary>
    Iommufd,
    /// <summary>/dev/vfio/vfio.</summary>
    Container,
    /// <summary>/dev/vfio/N, N being the number of an IOMMU group.</summary>
    Group,
    /// <summary>A VFIO device: /dev/vfio/devices/vfioN, or what VFIO_GROUP_GET_DEVICE_FD returned.</summary>
    Device,
    /// <summary>The transfer of a device's migration state.</summary>
    MigrationData,
    /// <summary>/dev/kvm.</summary>
    Kvm,
    /// <summary>A virtual machine.</summary>
    KvmMachine,
    /// <summary>An in-kernel device of a virtual machine.</summary>
    KvmDevice,
}
