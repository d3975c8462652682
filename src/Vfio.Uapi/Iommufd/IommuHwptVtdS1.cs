using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_vtd_s1.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptVtdS1
{
    /// <summary>flags.</summary>
    public ulong Flags;

    /// <summary>pgtbl_addr.</summary>
    public ulong PgtblAddr;

    /// <summary>addr_width.</summary>
    public uint AddrWidth;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
