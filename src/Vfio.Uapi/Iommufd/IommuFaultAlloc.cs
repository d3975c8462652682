using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC"/>: makes a queue that I/O page faults are read from and answered on.
/// </summary>
/// <remarks>struct iommu_fault_alloc, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuFaultAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>Set by the kernel: the id of the queue, for <see cref="IommuHwptAlloc"/>.</summary>
    public uint OutFaultId;

    /// <summary>Set by the kernel: its descriptor, which the caller closes. The object lives as long as it is open.</summary>
    public int OutFaultFd;
}
