using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_pgfault.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptPgfault
{
    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>dev_id.</summary>
    public uint DevId;

    /// <summary>pasid.</summary>
    public uint Pasid;

    /// <summary>grpid.</summary>
    public uint Grpid;

    /// <summary>perm.</summary>
    public uint Perm;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>addr.</summary>
    public ulong Addr;

    /// <summary>length.</summary>
    public uint Length;

    /// <summary>cookie.</summary>
    public uint Cookie;
}
