using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_vdevice_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVdeviceAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>viommu_id.</summary>
    public uint ViommuId;

    /// <summary>dev_id.</summary>
    public uint DevId;

    /// <summary>out_vdevice_id.</summary>
    public uint OutVdeviceId;

    /// <summary>virt_id.</summary>
    public ulong VirtId;
}
