using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_change_process.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasChangeProcess
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
