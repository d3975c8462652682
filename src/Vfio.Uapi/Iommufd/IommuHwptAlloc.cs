using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>dev_id.</summary>
    public uint DevId;

    /// <summary>pt_id.</summary>
    public uint PtId;

    /// <summary>out_hwpt_id.</summary>
    public uint OutHwptId;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>data_type.</summary>
    public uint DataType;

    /// <summary>data_len.</summary>
    public uint DataLen;

    /// <summary>data_uptr.</summary>
    public ulong DataUptr;

    /// <summary>fault_id.</summary>
    public uint FaultId;

    /// <summary>__reserved2.</summary>
    public uint Reserved2;
}
