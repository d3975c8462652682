using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio;

/// <summary>What IOMMU_GET_HW_INFO says of the IOMMU in front of a device.</summary>
/// <param name="DataType">IOMMU_HW_INFO_TYPE_*: what <paramref name="Data"/> is; 0 for nothing.</param>
/// <param name="Data">The kernel's bytes, as the type lays them out.</param>
/// <param name="Capabilities">IOMMU_HW_CAP_* bits; 0 from kernels that do not tell.</param>
/// <param name="MaxPasidLog2">How many PASID bits the device has; 0 for none.</param>
public sealed record IommuHardwareInfo(uint DataType, ReadOnlyMemory<byte> Data, ulong Capabilities, byte MaxPasidLog2)
{
    /// <summary>
    /// Intel VT-d's snoop control (extended capability bit 7): whether it can force a device's DMA to be cache-coherent. Null where the IOMMU is not VT-d: AMD and virtio
    /// do not say it here, though they differ.
    /// </summary>
    public bool? VtdSnoopControl =>
        DataType == IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD && Data.Length >= 24
            ? (BinaryPrimitives.ReadUInt64LittleEndian(Data.Span[16..]) & 0x80) != 0
            : null;
}
