using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS"/>: ranges that must stay mappable. A device that would narrow them is
/// refused at attach, and automatic IOVAs come from these ranges only.
/// </summary>
/// <remarks>struct iommu_ioas_allow_iovas, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasAllowIovas
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The IOAS.</summary>
    public uint IoasId;

    /// <summary>How many ranges the array has. Zero takes the restriction away; the list always replaces the one before.</summary>
    public uint NumIovas;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Address of an array of <see cref="IommuIovaRange"/>, none overlapping another.</summary>
    public ulong AllowedIovas;
}
