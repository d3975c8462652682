using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// The whole address space of this process; an offset is an address. For memory that cannot be kept or may vanish: what is no longer mapped is a
/// DMA that fails. Unlike a pin it does not outlive the program's munmap.
/// </summary>
internal sealed class ProcessBacking : DmaBacking
{
    /// <summary>TASK_SIZE of x86-64 with four-level paging: no address of a program's is past it.</summary>
    public const ulong AddressSpaceSize = 1UL << 47;

    /// <inheritdoc/>
    public override ulong Length => AddressSpaceSize;

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => ProcessMemoryAccess.TryRead(offset, destination);

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => ProcessMemoryAccess.TryWrite(offset, source);

    /// <summary>Nothing is held.</summary>
    protected override void Free()
    {
    }
}
