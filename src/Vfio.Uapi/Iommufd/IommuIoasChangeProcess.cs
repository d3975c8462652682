using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS"/>: moves the memlock accounting of every mapping to the calling
/// process, so that a device can be handed over alive. Mappings of files only; any other is EINVAL and nothing moves.
/// </summary>
/// <remarks>struct iommu_ioas_change_process, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasChangeProcess
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
