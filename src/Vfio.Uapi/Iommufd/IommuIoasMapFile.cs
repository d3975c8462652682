using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_map_file.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasMapFile
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>ioas_id.</summary>
    public uint IoasId;

    /// <summary>fd.</summary>
    public int Fd;

    /// <summary>start.</summary>
    public ulong Start;

    /// <summary>length.</summary>
    public ulong Length;

    /// <summary>iova.</summary>
    public ulong Iova;
}
