using System.Buffers;
using System.Runtime.CompilerServices;

namespace Vfio.Nvme;

/// <content>What is done by the million: commands on blocks are written and answers are read eight bytes at a time, where they stand.</content>
internal sealed unsafe partial class NvmeRing
{
    private const int StatusShift = 48;

    // The ring's memory, which stays mapped until Free whatever becomes of the buffer. Null from then on.
    private MemoryHandle _held;
    private byte* _first;

    /// <summary>The next entry of the completion queue is one that the controller has written.</summary>
    private bool HasAnswer
    {
        // Sound: as in TakeAnswers.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (int)(Volatile.Read(ref NextAnswer()[1]) >> StatusShift & 1) == _phase;
    }

    /// <summary>Lets go of the memory. Nothing can be submitted or taken any more.</summary>
    public void Free()
    {
        _first = null;
        _held.Dispose();
    }

    /// <summary>A command on blocks, as <see cref="NvmeCommand.OnBlocks"/> makes it. False when as many as can be are under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySubmitBlocks(byte opcode, uint @namespace, ulong first, int blocks, ulong data, int length, out ushort tag)
    {
        byte* memory = _first;
        ObjectDisposedException.ThrowIf(memory is null, this);
        if (!TryTake(out tag))
        {
            return false;
        }

        ulong second = SecondPointer(data, length, tag, out uint flags);

        // Sound: the tail is below the number of entries, each of 64 bytes from the beginning of memory that is held. The numbers are little-endian, as is all that .NET runs Linux on that has VFIO.
        ulong* entry = (ulong*)(memory + (_tail * CommandSize));
        entry[7] = 0;
        entry[6] = (uint)(blocks - 1);
        entry[5] = first;
        entry[4] = second;
        entry[3] = data;
        entry[2] = 0;
        entry[1] = 0;
        entry[0] = opcode | flags | ((ulong)_ids[tag] << 16) | ((ulong)@namespace << 32);
        Advance();
        return true;
    }

    private int TakeAnswers(Span<NvmeCompletion> completions)
    {
        int count = 0;
        while (count < completions.Length && HasAnswer)
        {
            // Sound: NextAnswer vouches for its 16 bytes. HasAnswer acquired the phase bit; what stands beside it is read behind that.
            ulong* entry = NextAnswer();
            ulong told = Volatile.Read(ref entry[1]);
            ushort id = (ushort)(told >> 32);
            ushort tag = (ushort)(id & (_tags - 1));
            if (tag >= _since.Length || _since[tag] == 0 || _ids[tag] != id)
            {
                // What was taken before it is told first.
                return count != 0 ? count : throw new NvmeException($"the controller completed command {id}, which is not under way: reset it");
            }

            completions[count++] = new NvmeCompletion(tag, (int)(told >> (StatusShift + 1)) & 0x7ff, (uint)entry[0]);
            Free(tag);
            if (++_head == _entries)
            {
                _head = 0;
                _phase ^= 1;
            }
        }

        return count;
    }

    // Sound: the handle's reference keeps the memory mapped, and its address does not change.
    private void Hold()
    {
        _held = _memory.Memory.Pin();
        _first = (byte*)_held.Pointer;
    }

    // Sound: the head is below the number of entries, each of 16 bytes from _completions of memory that is held.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* NextAnswer()
    {
        byte* memory = _first;
        ObjectDisposedException.ThrowIf(memory is null, this);
        return (ulong*)(memory + _completions) + (_head * (CompletionSize / sizeof(ulong)));
    }
}
