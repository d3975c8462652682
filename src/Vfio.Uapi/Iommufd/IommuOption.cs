using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="IommufdUapi.IOMMU_OPTION"/>: reads or sets one option of an iommufd or an object in it.</summary>
/// <remarks>struct iommu_option, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuOption
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary><see cref="IommufdUapi.IOMMU_OPTION_RLIMIT_MODE"/> or <see cref="IommufdUapi.IOMMU_OPTION_HUGE_PAGES"/>.</summary>
    public uint OptionId;

    /// <summary><see cref="IommufdUapi.IOMMU_OPTION_OP_SET"/> or <see cref="IommufdUapi.IOMMU_OPTION_OP_GET"/>.</summary>
    public ushort Op;

    /// <summary>Zero.</summary>
    public ushort Reserved;

    /// <summary>
    /// The IOAS for <see cref="IommufdUapi.IOMMU_OPTION_HUGE_PAGES"/>; zero for <see cref="IommufdUapi.IOMMU_OPTION_RLIMIT_MODE"/>,
    /// which is of the whole iommufd.
    /// </summary>
    public uint ObjectId;

    /// <summary>The value: in for a set, out for a get.</summary>
    public ulong Val64;
}
