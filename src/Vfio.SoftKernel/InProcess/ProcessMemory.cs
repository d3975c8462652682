using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>This process's memory as the soft kernel's user memory.</summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="mappings">What was mapped through the seam.</param>
internal sealed class ProcessMemory(ISystemCalls host, MappingTable mappings) : UserMemory
{
    private readonly ProcessBackings _backings = new(host);

    /// <inheritdoc/>
    public override Errno CopyIn(ulong address, Span<byte> destination)
        => destination.IsEmpty || (IsUserRange(address, (ulong)destination.Length) && ProcessMemoryAccess.TryRead(address, destination)) ? Errno.None : Errno.EFAULT;

    /// <inheritdoc/>
    public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
        => source.IsEmpty || (IsUserRange(address, (ulong)source.Length) && ProcessMemoryAccess.TryWrite(address, source)) ? Errno.None : Errno.EFAULT;

    /// <inheritdoc/>
    public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        if (!IsUserRange(address, length))
        {
            return Errno.EFAULT;
        }

        switch (mappings.Pin(address, length, writable, out MemfdBacking? mapped, out offset))
        {
            case MappingKind.MemoryFile:
                backing = mapped;
                return Errno.None;
            case MappingKind.Device:
                // A device's registers have no pages to pin (VM_PFNMAP).
                return Errno.EFAULT;
            default:
                if (!IsMapped(address, length, writable, out bool huge))
                {
                    return Errno.EFAULT;
                }

                backing = _backings.Take(huge);
                offset = address;
                return Errno.None;
        }
    }

    /// <summary>[<paramref name="address"/>, + <paramref name="length"/>) is about to be unmapped: devices reach what stands there no longer, nor what comes to stand there.</summary>
    public void Lose(ulong address, ulong length) => _backings.Lose(address, length);

    /// <inheritdoc/>
    public override IDisposable LookOnce() => ProcessMaps.Hold(host);

    /// <inheritdoc/>
    public override Errno PinRegisters(ulong address, ulong length, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        return IsUserRange(address, length) && mappings.TryPinRegisters(address, length, out backing, out offset) ? Errno.None : Errno.EFAULT;
    }

    private static bool IsUserRange(ulong address, ulong length)
        => length <= End && address <= End - length;

    // The permissions of every page, as the host lists them, and whether all of them are huge ones.
    private bool IsMapped(ulong address, ulong length, bool writable, out bool huge)
    {
        huge = true;
        Span<byte> probe = stackalloc byte[1];
        ulong covered = address;
        ulong end = address + length;
        foreach (ProcessMapping mapping in ProcessMaps.Read(host))
        {
            if (mapping.End <= covered)
            {
                continue;
            }

            if (mapping.Start > covered || !mapping.IsReadable || (writable && !mapping.IsWritable))
            {
                return false;
            }

            // Past the end of a file there is no page; if the last is there, all are.
            if (mapping.File.Inode != 0 && !ProcessMemoryAccess.TryRead(Math.Min(mapping.End, end) - 1, probe))
            {
                return false;
            }

            huge &= mapping.IsHuge;
            covered = mapping.End;
            if (covered >= end)
            {
                return true;
            }
        }

        return false;
    }
}
