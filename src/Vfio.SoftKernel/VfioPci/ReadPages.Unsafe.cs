using System.Runtime.CompilerServices;
using Vfio.Hardware.Pci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// A part of a device's file that a program can cut off, so that nobody here may touch a mapping of it: read as often as somebody looks, into memory of our own. What was cut off stays
/// as it was.
/// </summary>
internal sealed unsafe class ReadPages : PciSharedPages
{
    // A reading while somebody stores may show half of a register: so often it is taken again.
    private const int MostReadings = 8;

    private readonly ISystemCalls _host;
    private readonly int _descriptor;
    private readonly long _position;
    private readonly byte[] _pages;
    private readonly byte[] _again;

    /// <param name="host">The system calls of the process we live in.</param>
    /// <param name="descriptor">The file; open longer than this is looked at.</param>
    /// <param name="position">Where in it.</param>
    /// <param name="size">Bytes.</param>
    public ReadPages(ISystemCalls host, int descriptor, long position, int size)
        : this(host, descriptor, position, GC.AllocateUninitializedArray<byte>(size + sizeof(ulong), pinned: true))
    {
    }

    // Sound: the array is pinned from its making on, and lives as long as this, which has it. Eight bytes more than needed leave room to align.
    private ReadPages(ISystemCalls host, int descriptor, long position, byte[] pages)
        : base(((nint)Unsafe.AsPointer(ref pages[0]) + sizeof(ulong) - 1) & -sizeof(ulong), (ulong)(pages.Length - sizeof(ulong)))
    {
        _host = host;
        _descriptor = descriptor;
        _position = position;
        _pages = pages;
        _again = new byte[Size];
        Array.Clear(pages);
    }

    /// <inheritdoc/>
    public override void Look(ulong length)
    {
        Span<byte> seen = Seen((int)Math.Min(length, Size));
        Span<byte> read = _again.AsSpan(0, seen.Length);
        if (_host.Pread(_descriptor, read, _position) != read.Length || read.SequenceEqual(seen))
        {
            return;
        }

        // Two equal readings are one moment.
        for (int i = 0; i < MostReadings; i++)
        {
            read.CopyTo(seen);
            if (_host.Pread(_descriptor, read, _position) != read.Length || read.SequenceEqual(seen))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Write32(ulong offset, uint value)
    {
        base.Write32(offset, value);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _host.Pwrite(_descriptor, bytes, _position + (long)offset);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        GC.KeepAlive(_pages);
        return true;
    }

    // Sound: the aligned part of the pinned array, which this keeps alive.
    private Span<byte> Seen(int length) => new((void*)handle, length);
}
