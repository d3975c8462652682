using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// The whole address space of this process; an offset is an address. For memory that cannot be kept or may vanish: what is no longer mapped is a
/// DMA that fails. Unlike a pin it does not outlive the program's munmap.
/// </summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="pageSize">The pages of what is pinned through it.</param>
internal sealed class ProcessBacking(ISystemCalls host, ulong pageSize) : DmaBacking
{
    /// <inheritdoc/>
    public override ulong Length => UserMemory.End;

    /// <inheritdoc/>
    public override ulong PageSize => pageSize;

    /// <summary>Of shared memory the file behind it now, so that two mappings of it are the same place; of private memory the address.</summary>
    public override MemoryPlace PlaceOf(ulong offset)
    {
        foreach (ProcessMapping mapping in ProcessMaps.Read(host))
        {
            if (offset >= mapping.Start && offset < mapping.End)
            {
                return !mapping.IsShared || mapping.File.Inode == 0 ? base.PlaceOf(offset) : new MemoryPlace(mapping.File, mapping.Offset + (offset - mapping.Start));
            }
        }

        return base.PlaceOf(offset);
    }

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => ProcessMemoryAccess.TryRead(offset, destination);

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => ProcessMemoryAccess.TryWrite(offset, source);

    /// <summary>Nothing is held.</summary>
    protected override void Free()
    {
    }
}
