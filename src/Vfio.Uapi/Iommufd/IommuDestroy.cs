using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="IommufdUapi.IOMMU_DESTROY"/>: takes any object of this iommufd away, if nothing else uses it.</summary>
/// <remarks>struct iommu_destroy, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuDestroy
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The object, of whatever type. One still in use is EBUSY; an unknown one ENOENT.</summary>
    public uint Id;
}
