using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_option.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuOption
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>option_id.</summary>
    public uint OptionId;

    /// <summary>op.</summary>
    public ushort Op;

    /// <summary>__reserved.</summary>
    public ushort Reserved;

    /// <summary>object_id.</summary>
    public uint ObjectId;

    /// <summary>val64.</summary>
    public ulong Val64;
}
