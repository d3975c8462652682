using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_invalidate.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptInvalidate
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>hwpt_id.</summary>
    public uint HwptId;

    /// <summary>data_uptr.</summary>
    public ulong DataUptr;

    /// <summary>data_type.</summary>
    public uint DataType;

    /// <summary>entry_len.</summary>
    public uint EntryLen;

    /// <summary>entry_num.</summary>
    public uint EntryNum;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
