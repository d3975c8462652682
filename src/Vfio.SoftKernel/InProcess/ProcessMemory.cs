using System.Globalization;
using System.Text;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>This process's memory as the soft kernel's user memory.</summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="mappings">What was mapped through the seam.</param>
internal sealed class ProcessMemory(ISystemCalls host, MappingTable mappings) : UserMemory
{
    private readonly ProcessBacking _everything = new();

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
                if (!IsMapped(address, length, writable))
                {
                    return Errno.EFAULT;
                }

                _everything.Acquire();
                backing = _everything;
                offset = address;
                return Errno.None;
        }
    }

    private static bool IsUserRange(ulong address, ulong length)
        => length <= ProcessBacking.AddressSpaceSize && address <= ProcessBacking.AddressSpaceSize - length;

    // The permissions of every page, by /proc/self/maps: lines "start-end rwxp offset device inode", in order.
    private bool IsMapped(ulong address, ulong length, bool writable)
    {
        Span<byte> probe = stackalloc byte[1];
        ulong covered = address;
        ulong end = address + length;
        foreach (string line in ReadMaps().Split('\n'))
        {
            int dash = line.IndexOf('-', StringComparison.Ordinal);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (dash < 0 || space < dash || line.Length < space + 3
                || !ulong.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong first)
                || !ulong.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong past)
                || past <= covered)
            {
                continue;
            }

            if (first > covered || line[space + 1] != 'r' || (writable && line[space + 2] != 'w'))
            {
                return false;
            }

            // Past the end of a file there is no page; if the last is there, all are.
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, _, not "0", ..] && !ProcessMemoryAccess.TryRead(Math.Min(past, end) - 1, probe))
            {
                return false;
            }

            covered = past;
            if (covered >= end)
            {
                return true;
            }
        }

        return false;
    }

    private string ReadMaps()
    {
        int fd = host.Open("/proc/self/maps", OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return "";
        }

        var text = new StringBuilder();
        byte[] buffer = new byte[64 << 10];
        nint read;
        while ((read = host.Read(fd, buffer)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, (int)read));
        }

        host.Close(fd);
        return text.ToString();
    }
}
