namespace Vfio.Hardware.Models;

/// <summary>A submission queue of the host's, as the controller knows it.</summary>
/// <param name="id">QID; 0 is the admin queue.</param>
/// <param name="address">Where it begins.</param>
/// <param name="entries">How long it is.</param>
/// <param name="completions">Where its commands are answered.</param>
internal sealed class NvmeSubmissionQueue(int id, ulong address, uint entries, NvmeCompletionQueue completions)
{
    public int Id => id;

    public uint Entries => entries;

    public NvmeCompletionQueue Completions => completions;

    /// <summary>The next entry to take.</summary>
    public uint Head { get; private set; }

    /// <summary>A tail that is none, once it was reported.</summary>
    public uint BadTail { get; set; }

    /// <summary>Entries from <see cref="Head"/> to <paramref name="tail"/> or to the end of the queue's memory, and where they begin.</summary>
    public uint Ready(uint tail, out ulong at)
    {
        at = address + ((ulong)Head * NvmeSubmission.Size);
        return tail >= Head ? tail - Head : entries - Head;
    }

    public void Take() => Head = Head + 1 == entries ? 0 : Head + 1;
}
