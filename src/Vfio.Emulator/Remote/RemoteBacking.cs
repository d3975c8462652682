using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.InProcess;

namespace Vfio.Emulator.Remote;

/// <summary>
/// The whole address space of a program; an offset is an address. For memory that cannot be kept: what is no longer mapped, or the program gone,
/// is a DMA that fails. Unlike a pin it does not outlive the program's munmap.
/// </summary>
/// <param name="owner">Whose memory; a use of it passes to this object.</param>
/// <param name="pageSize">The pages of what is pinned through it.</param>
internal sealed class RemoteBacking(RemoteMemory owner, ulong pageSize) : DmaBacking
{
    /// <inheritdoc/>
    public override ulong Length => RemoteMemory.AddressSpaceSize;

    /// <inheritdoc/>
    public override ulong PageSize => pageSize;

    /// <summary>Of shared memory the file behind it now, so that two mappings of it are the same place; of private memory the address.</summary>
    public override MemoryPlace PlaceOf(ulong offset)
        => owner.Mappings.TryFind(offset, out ProcessMapping mapping) && offset >= mapping.Start && mapping.IsShared && mapping.File.Inode != 0
            ? new MemoryPlace(mapping.File, mapping.Offset + (offset - mapping.Start))
            : new MemoryPlace(owner, offset);

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => owner.TryRead(offset, destination);

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => owner.TryWrite(offset, source);

    /// <inheritdoc/>
    protected override void Free() => owner.Release();
}
