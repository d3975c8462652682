using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_HW_QUEUE_ALLOC"/>: lets the hardware work on a queue in the virtual machine's memory
/// directly.
/// </summary>
/// <remarks>struct iommu_hw_queue_alloc, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwQueueAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>The vIOMMU.</summary>
    public uint ViommuId;

    /// <summary><see cref="IommufdUapi.IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV"/>.</summary>
    public uint Type;

    /// <summary>Which of the queues of that type, from 0.</summary>
    public uint Index;

    /// <summary>Set by the kernel: the id of the queue.</summary>
    public uint OutHwQueueId;

    /// <summary>
    /// Where the queue's memory begins, in the address space of the nesting parent. It cannot be unmapped while the queue lives.
    /// </summary>
    public ulong NestingParentIova;

    /// <summary>Bytes of the queue's memory.</summary>
    public ulong Length;
}
