using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_fault_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuFaultAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>out_fault_id.</summary>
    public uint OutFaultId;

    /// <summary>out_fault_fd.</summary>
    public int OutFaultFd;
}
