using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_amd_guest.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptAmdGuest
{
    /// <summary>dte[0].</summary>
    public ulong Dte0;

    /// <summary>dte[1].</summary>
    public ulong Dte1;

    /// <summary>dte[2].</summary>
    public ulong Dte2;

    /// <summary>dte[3].</summary>
    public ulong Dte3;
}
