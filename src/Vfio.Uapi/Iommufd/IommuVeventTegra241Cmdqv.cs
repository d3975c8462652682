using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_vevent_tegra241_cmdqv.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventTegra241Cmdqv
{
    /// <summary>lvcmdq_err_map[0].</summary>
    public ulong LvcmdqErrMap0;

    /// <summary>lvcmdq_err_map[1].</summary>
    public ulong LvcmdqErrMap1;
}
