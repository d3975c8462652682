using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_queue_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwQueueAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>viommu_id.</summary>
    public uint ViommuId;

    /// <summary>type.</summary>
    public uint Type;

    /// <summary>index.</summary>
    public uint Index;

    /// <summary>out_hw_queue_id.</summary>
    public uint OutHwQueueId;

    /// <summary>nesting_parent_iova.</summary>
    public ulong NestingParentIova;

    /// <summary>length.</summary>
    public ulong Length;
}
