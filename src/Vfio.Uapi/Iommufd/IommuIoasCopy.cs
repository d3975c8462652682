using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_COPY"/>: maps the memory behind a range of one IOAS a second time, in the same or
/// another IOAS. Pages are pinned and counted once however often they are copied.
/// </summary>
/// <remarks>struct iommu_ioas_copy, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasCopy
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>As in <see cref="IommuIoasMap"/>. Asking to write what the source may only read is EPERM.</summary>
    public uint Flags;

    /// <summary>The IOAS that gets the mapping.</summary>
    public uint DstIoasId;

    /// <summary>The IOAS that has it.</summary>
    public uint SrcIoasId;

    /// <summary>Bytes. The whole source range must be mapped; it may span several mappings or be a part of one.</summary>
    public ulong Length;

    /// <summary>In with <see cref="IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA"/>: where to map. Out: where the mapping is.</summary>
    public ulong DstIova;

    /// <summary>First IOVA to copy from.</summary>
    public ulong SrcIova;
}
