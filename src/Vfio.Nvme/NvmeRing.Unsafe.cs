using System.Runtime.InteropServices;

namespace Vfio.Nvme;

/// <content>The commands that are submitted by the million, eight bytes at a time.</content>
internal sealed partial class NvmeRing
{
    /// <summary>A command on blocks, as <see cref="NvmeCommand.OnBlocks"/> makes it. False when as many as can be are under way.</summary>
    public bool TrySubmitBlocks(byte opcode, uint @namespace, ulong first, int blocks, ulong data, int length, out ushort tag)
    {
        if (!TryTake(out tag))
        {
            return false;
        }

        ulong second = SecondPointer(data, length, tag, out uint flags);
        Span<byte> bytes = _memory.Slice((ulong)(_tail * CommandSize), CommandSize);

        // Sound: an entry's 64 bytes are eight numbers, of any bits; it begins at a multiple of 64 in pages that are the ring's. The numbers are little-endian, as is all that .NET runs Linux on
        // that has VFIO.
        Span<ulong> entry = MemoryMarshal.Cast<byte, ulong>(bytes);
        entry[7] = 0;
        entry[6] = (uint)(blocks - 1);
        entry[5] = first;
        entry[4] = second;
        entry[3] = data;
        entry[2] = 0;
        entry[1] = 0;
        entry[0] = opcode | flags | ((ulong)tag << 16) | ((ulong)@namespace << 32);
        Advance();
        return true;
    }
}
