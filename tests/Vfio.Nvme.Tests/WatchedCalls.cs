using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio.Nvme.Tests;

/// <summary>A program's system calls, of which somebody is told before registers are reached: he may take his time, or have them fail.</summary>
internal sealed class WatchedCalls(ISystemCalls next) : ForwardingSystemCalls(next)
{
    /// <summary>Before a register is loaded from: its offset in the device's file.</summary>
    public Func<long, Errno>? Loading { get; set; }

    /// <summary>Before 4 bytes or fewer are stored: the offset and the value.</summary>
    public Func<long, uint, Errno>? Storing { get; set; }

    public override nint Pread(int fd, Span<byte> buffer, long offset)
        => Loading?.Invoke(offset) is { } error and not Errno.None ? -(int)error : base.Pread(fd, buffer, offset);

    public override nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset)
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        value.Clear();
        buffer[..Math.Min(buffer.Length, sizeof(uint))].CopyTo(value);
        return Storing?.Invoke(offset, BinaryPrimitives.ReadUInt32LittleEndian(value)) is { } error and not Errno.None ? -(int)error : base.Pwrite(fd, buffer, offset);
    }
}
