using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/>: what the IOMMU behind a bound device can do.</summary>
/// <remarks>struct iommu_hw_info, 40 bytes.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct IommuHwInfo
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    [FieldOffset(0)]
    public uint Size;

    /// <summary>Zero, or since Linux 6.17 <see cref="IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE"/>.</summary>
    [FieldOffset(4)]
    public uint Flags;

    /// <summary>The bound device.</summary>
    [FieldOffset(8)]
    public uint DevId;

    /// <summary>
    /// In: bytes of the buffer; zero is allowed. Out: bytes the kernel has to give. Whatever of the buffer goes beyond is zeroed.
    /// </summary>
    [FieldOffset(12)]
    public uint DataLen;

    /// <summary>Address of a buffer for one of the iommu_hw_info_* structs.</summary>
    [FieldOffset(16)]
    public ulong DataUptr;

    /// <summary>
    /// In with <see cref="IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE"/>: which of several kinds of information is wanted. Shares its
    /// bytes with <see cref="OutDataType"/>.
    /// </summary>
    [FieldOffset(24)]
    public uint InDataType;

    /// <summary>
    /// Set by the kernel: IOMMU_HW_INFO_TYPE_*, which struct it wrote. <see cref="IommufdUapi.IOMMU_HW_INFO_TYPE_NONE"/> if the driver
    /// tells nothing. Shares its bytes with <see cref="InDataType"/>.
    /// </summary>
    [FieldOffset(24)]
    public uint OutDataType;

    /// <summary>Set by the kernel: width in bits of the PASIDs the device can use; 0 for none. Since Linux 6.15.</summary>
    [FieldOffset(28)]
    public byte OutMaxPasidLog2;

    /// <summary>Zero.</summary>
    [FieldOffset(29)]
    public byte Reserved0;

    /// <summary>Zero.</summary>
    [FieldOffset(30)]
    public byte Reserved1;

    /// <summary>Zero.</summary>
    [FieldOffset(31)]
    public byte Reserved2;

    /// <summary>Set by the kernel: IOMMU_HW_CAP_* bits. Since Linux 6.7.</summary>
    [FieldOffset(32)]
    public ulong OutCapabilities;
}
