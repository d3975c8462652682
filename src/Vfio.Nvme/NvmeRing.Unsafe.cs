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
        // Sound: the head is below the number of entries.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(Volatile.Read(ref Answers()[(_head * 2) + 1]) >> StatusShift & 1) == _phase;
    }

    /// <summary>Lets go of the memory. Nothing can be submitted or taken any more.</summary>
    public void Free()
    {
        _first = null;
        _free = [];
        _held.Dispose();
    }

    /// <summary>A command on blocks, as <see cref="NvmeCommand.OnBlocks"/> makes it. False when as many as can be are under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySubmitBlocks(byte opcode, uint @namespace, ulong first, int blocks, ulong data, int length, out ushort tag)
    {
        bool isTaken = TryTake(out ushort mine, out uint use);
        tag = mine;
        if (!isTaken)
        {
            return false;
        }

        ulong second = SecondPointer(data, length, mine, out uint flags);

        // Sound: a tag was had, so the memory is held; the tail is below the number of its entries, each of 64 bytes. The numbers are little-endian, as is all that .NET runs Linux on that has VFIO.
        ulong* entry = (ulong*)(_first + (_tail * CommandSize));
        entry[7] = 0;
        entry[6] = (uint)(blocks - 1);
        entry[5] = first;
        entry[4] = second;
        entry[3] = data;
        entry[2] = 0;
        entry[1] = 0;
        entry[0] = opcode | flags | ((ulong)(ushort)use << 16) | ((ulong)@namespace << 32);
        Advance();
        return true;
    }

    private int TakeAnswers(Span<NvmeCompletion> completions)
    {
        ulong* answers = Answers();
        uint[] uses = _uses;
        int count = 0, head = _head;
        uint phase = _phase;
        while (count < completions.Length)
        {
            // Sound: the head is below the number of entries. One load of all that is believed: what came with the phase bit.
            ulong told = Volatile.Read(ref answers[(head * 2) + 1]);
            if ((uint)(told >> StatusShift & 1) != phase)
            {
                break;
            }

            uint id = (ushort)(told >> 32), tag = id & (_tags - 1);
            if (tag >= (uint)uses.Length || ((uses[tag] ^ (id | IsUnderWay)) & (ushort.MaxValue | IsUnderWay)) != 0)
            {
                // What was taken before it is told first.
                if (count == 0)
                {
                    throw new NvmeException($"the controller completed command {id}, which is not under way: reset it");
                }

                break;
            }

            completions[count++] = new NvmeCompletion((ushort)tag, (int)(told >> (StatusShift + 1)) & 0x7ff, (uint)answers[head * 2]);
            uses[tag] = UseAfter(uses[tag]);
            _free[_freeCount++] = (ushort)tag;
            if (++head == _entries)
            {
                head = 0;
                phase ^= 1;
            }
        }

        (_head, _phase) = (head, phase);
        return count;
    }

    // Sound: the handle's reference keeps the memory mapped, and its address does not change.
    private void Hold()
    {
        _held = _memory.Memory.Pin();
        _first = (byte*)_held.Pointer;
    }

    // Sound: as many entries of 16 bytes as the queue has begin there, in memory that is held.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* Answers()
    {
        byte* memory = _first;
        ObjectDisposedException.ThrowIf(memory is null, this);
        return (ulong*)(memory + _completions);
    }
}
