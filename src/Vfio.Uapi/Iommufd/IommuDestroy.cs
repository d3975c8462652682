using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_destroy.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuDestroy
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>id.</summary>
    public uint Id;
}
