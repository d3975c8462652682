using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_vtd_s1_invalidate.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptVtdS1Invalidate
{
    /// <summary>addr.</summary>
    public ulong Addr;

    /// <summary>npages.</summary>
    public ulong Npages;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
