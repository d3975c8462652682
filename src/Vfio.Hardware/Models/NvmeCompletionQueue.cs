namespace Vfio.Hardware.Models;

/// <summary>A completion queue of the host's, as the controller knows it.</summary>
/// <param name="id">QID; 0 is the admin queue.</param>
/// <param name="address">Where it begins.</param>
/// <param name="entries">How long it is.</param>
/// <param name="vector">Its interrupt's vector; -1: it has none.</param>
internal sealed class NvmeCompletionQueue(int id, ulong address, uint entries, int vector)
{
    public const int EntrySize = 16;

    private uint _tail;
    private ushort _phase = 1;

    public int Id => id;

    public uint Entries => entries;

    public int Vector => vector;

    /// <summary>Submission queues that are answered here.</summary>
    public int Users { get; set; }

    /// <summary>The phase tag of what is posted next.</summary>
    public ushort Phase => _phase;

    /// <summary>Where the next entry is posted.</summary>
    public ulong Tail => address + ((ulong)_tail * EntrySize);

    /// <summary>There is something that the host, which has come to <paramref name="head"/>, has not taken.</summary>
    public bool IsWaitedOn(uint head) => head != _tail;

    /// <summary>One more would make it look empty.</summary>
    public bool IsFull(uint head) => Room(head) == 0;

    /// <summary>How many can be posted until it is full; for a head that is none, the host may lose what it has not taken.</summary>
    public int Room(uint head) => (int)(head >= entries ? entries - 1 : head > _tail ? head - _tail - 1 : head + entries - _tail - 1);

    /// <summary>One was posted; true where the next stands at the beginning again.</summary>
    public bool Post()
    {
        if (++_tail != entries)
        {
            return false;
        }

        _tail = 0;
        _phase ^= 1;
        return true;
    }
}
