using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_info.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct IommuHwInfo
{
    /// <summary>size.</summary>
    [FieldOffset(0)]
    public uint Size;

    /// <summary>flags.</summary>
    [FieldOffset(4)]
    public uint Flags;

    /// <summary>dev_id.</summary>
    [FieldOffset(8)]
    public uint DevId;

    /// <summary>data_len.</summary>
    [FieldOffset(12)]
    public uint DataLen;

    /// <summary>data_uptr.</summary>
    [FieldOffset(16)]
    public ulong DataUptr;

    /// <summary>in_data_type.</summary>
    [FieldOffset(24)]
    public uint InDataType;

    /// <summary>out_data_type.</summary>
    [FieldOffset(24)]
    public uint OutDataType;

    /// <summary>out_max_pasid_log2.</summary>
    [FieldOffset(28)]
    public byte OutMaxPasidLog2;

    /// <summary>__reserved[0].</summary>
    [FieldOffset(29)]
    public byte Reserved0;

    /// <summary>__reserved[1].</summary>
    [FieldOffset(30)]
    public byte Reserved1;

    /// <summary>__reserved[2].</summary>
    [FieldOffset(31)]
    public byte Reserved2;

    /// <summary>out_capabilities.</summary>
    [FieldOffset(32)]
    public ulong OutCapabilities;
}
