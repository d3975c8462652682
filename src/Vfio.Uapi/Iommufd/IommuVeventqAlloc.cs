using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_veventq_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventqAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>viommu_id.</summary>
    public uint ViommuId;

    /// <summary>type.</summary>
    public uint Type;

    /// <summary>veventq_depth.</summary>
    public uint VeventqDepth;

    /// <summary>out_veventq_id.</summary>
    public uint OutVeventqId;

    /// <summary>out_veventq_fd.</summary>
    public int OutVeventqFd;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
