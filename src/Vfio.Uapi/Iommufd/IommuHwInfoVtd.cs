using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_info_vtd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoVtd
{
    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>cap_reg.</summary>
    public ulong CapReg;

    /// <summary>ecap_reg.</summary>
    public ulong EcapReg;
}
