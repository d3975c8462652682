using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// An event of the Tegra241 command queue virtualisation (<see cref="IommufdUapi.IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV"/>): which virtual
/// queues are in error. Since Linux 6.17.
/// </summary>
/// <remarks>struct iommu_vevent_tegra241_cmdqv, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventTegra241Cmdqv
{
    /// <summary>One bit for each of the queues 0 to 63, little-endian.</summary>
    public ulong LvcmdqErrMap0;

    /// <summary>One bit for each of the queues 64 to 127, little-endian.</summary>
    public ulong LvcmdqErrMap1;
}
