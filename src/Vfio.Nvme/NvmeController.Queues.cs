namespace Vfio.Nvme;

/// <content>Queues for I/O.</content>
public sealed partial class NvmeController
{
    // NLB counts to 65,536 blocks, of 512 bytes at least.
    private const int MostTransfer = 32 << 20;
    private const int MostQueues = 64;

    // Of a queue, for the lists of all its commands.
    private const int MostListPages = 1024;
    private const int EntriesOfList = PageSize / sizeof(ulong);

    private readonly NvmeQueuePair?[] _pairs = new NvmeQueuePair?[MostQueues + 1];
    private readonly List<NvmeQueue> _queues = [];
    private readonly List<NvmeAsyncQueue> _asyncQueues = [];
    private int _queuesGranted;
    private int _maximumTransfer;
    private int _sglSupport;

    /// <summary>The queues made by <see cref="CreateQueue"/> and not disposed, in the order in which they were made.</summary>
    public IReadOnlyList<NvmeQueue> Queues
    {
        get
        {
            lock (_lock)
            {
                return [.. _queues];
            }
        }
    }

    /// <summary>The longest queue that can be made, in commands that can be under way.</summary>
    public int MaximumDepth => _capabilities.MaximumQueueEntries - 1;

    /// <summary>What queues can be at most. Asks the controller for as many as it has (feature 07h), where that was not done yet.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public NvmeLimits ReadLimits(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            AskForQueues(cancellation);
            return new(_queuesGranted, MaximumDepth, _maximumTransfer);
        }
    }

    /// <summary>
    /// Makes a pair of I/O queues (Create I/O Completion Queue, Create I/O Submission Queue). Disposing it, or the controller, ends it.
    /// </summary>
    /// <param name="depth">Commands that can be under way, from 1 to <see cref="MaximumDepth"/>.</param>
    /// <param name="useInterrupt">Completions fire an MSI-X vector of the queue's own; <see cref="Start"/> must have been asked for enough of them.</param>
    /// <param name="cancellation">Ends the wait; not once the controller makes the queue.</param>
    /// <exception cref="NvmeException">The controller refused it, or has no more queues to give.</exception>
    /// <exception cref="InvalidOperationException">There is no vector left for it.</exception>
    /// <exception cref="VfioException">The kernel refused the memory.</exception>
    public NvmeQueue CreateQueue(int depth = 64, bool useInterrupt = false, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            NvmeQueue queue = new(this, CreatePair(depth, useInterrupt, cancellation));
            _queues.Add(queue);
            return queue;
        }
    }

    /// <summary>
    /// Makes a pair of I/O queues whose commands are awaited, by any number of threads, completed by an MSI-X vector of its own; <see cref="Start"/> must have been asked for enough of them.
    /// Disposing it, or the controller, ends it.
    /// </summary>
    /// <param name="depth">Commands that can be under way, from 1 to <see cref="MaximumDepth"/>.</param>
    /// <param name="cancellation">Ends the wait; not once the controller makes the queue.</param>
    /// <exception cref="NvmeException">The controller refused it, or has no more queues to give.</exception>
    /// <exception cref="InvalidOperationException">There is no vector left for it.</exception>
    /// <exception cref="VfioException">The kernel refused the memory.</exception>
    public NvmeAsyncQueue CreateAsyncQueue(int depth = 64, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            NvmeAsyncQueue queue = new(this, CreatePair(depth, useInterrupt: true, cancellation));
            _asyncQueues.Add(queue);
            return queue;
        }
    }

    /// <summary>SGLs as the controller takes them: 0 for none, 1 of any alignment, 2 of multiples of 4.</summary>
    internal int SglSupport => _sglSupport;

    /// <summary>Has the controller make the queues of a pair, which nothing is under way at.</summary>
    /// <exception cref="NvmeException">The controller refused, or is gone.</exception>
    internal void Make(NvmeQueuePair pair, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ThrowIfUnusable();
            cancellation.ThrowIfCancellationRequested();

            // From here on to its end: a queue that nobody waited for would be the controller's all the same, in memory that is freed.
            pair.Ring.Reset();
            uint size = (uint)pair.Id | ((uint)pair.Ring.Depth << 16);
            const uint Contiguous = 1;
            const uint Interrupts = 2;
            Execute(
                "Create I/O Completion Queue",
                new NvmeCommand
                {
                    Opcode = NvmeOpcode.CreateCompletionQueue,
                    Data = pair.Ring.CompletionIova,
                    Dword10 = size,
                    Dword11 = pair.Vector is null ? Contiguous : Contiguous | Interrupts | ((uint)pair.Vector.Index << 16),
                },
                CancellationToken.None);
            try
            {
                Execute(
                    "Create I/O Submission Queue",
                    new NvmeCommand
                    {
                        Opcode = NvmeOpcode.CreateSubmissionQueue,
                        Data = pair.Ring.SubmissionIova,
                        Dword10 = size,
                        Dword11 = Contiguous | ((uint)pair.Id << 16),
                    },
                    CancellationToken.None);
            }
            catch
            {
                // Or the controller goes on writing to memory that is freed.
                TryDelete(NvmeOpcode.DeleteCompletionQueue, "Delete I/O Completion Queue", pair.Id);
                throw;
            }

            pair.Epoch = _epoch;
        }
    }

    /// <summary>Deletes a queue with what is under way, and gives its memory back.</summary>
    internal void Delete(NvmeQueuePair pair, object queue)
    {
        lock (_lock)
        {
            if (_pairs[pair.Id] != pair)
            {
                return;
            }

            _pairs[pair.Id] = null;
            _queues.RemoveAll(each => each == queue);
            _asyncQueues.RemoveAll(each => each == queue);

            if (!pair.IsStale)
            {
                TryDelete(NvmeOpcode.DeleteSubmissionQueue, "Delete I/O Submission Queue", pair.Id);
            }

            if (!pair.IsStale)
            {
                TryDelete(NvmeOpcode.DeleteCompletionQueue, "Delete I/O Completion Queue", pair.Id);
            }

            pair.Free();
        }
    }

    private NvmeQueuePair CreatePair(int depth, bool useInterrupt, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaximumDepth);
        int id = Math.Max(1, Array.IndexOf(_pairs, null, 1));
        InterruptVector? vector = null;
        if (useInterrupt)
        {
            vector = FindVector() ?? throw new InvalidOperationException(
                $"Queue {id} wants an MSI-X vector of its own; the controller was started with {_interrupts?.Count ?? 0}, the first of which is its own, and no other is free.");
        }

        AskForQueues(cancellation);
        if (_pairs[id] is not null || id > _queuesGranted)
        {
            throw new NvmeException($"{Device.Address} gives {_queuesGranted} I/O queues, and all are in use: dispose one");
        }

        int entries = depth + 1;
        int listPages = Math.Clamp(MostListPages / depth, 1, ListPagesFor(_maximumTransfer));
        DmaBuffer memory = Device.AllocateDma(NvmeRing.BytesFor(entries, listPages));
        NvmeRing? ring = null;
        try
        {
            ring = new NvmeRing(_registers, memory, entries, listPages, Doorbell((uint)id * 2), Doorbell(((uint)id * 2) + 1)) { UsesSgls = _sglSupport != 0 };
            NvmeQueuePair pair = new(this, id, ring, memory, Math.Min(_maximumTransfer, TransferOf(listPages)), vector);
            Make(pair, cancellation);
            return _pairs[id] = pair;
        }
        catch
        {
            ring?.Free();
            memory.Dispose();
            throw;
        }
    }

    // The lowest that no queue has; the first is the admin queue's.
    private InterruptVector? FindVector()
    {
        for (int i = 1; _interrupts is { Kind: Vfio.InterruptKind.Msix } set && i < set.Count; i++)
        {
            if (!Array.Exists(_pairs, pair => pair?.Vector == set[i]))
            {
                return set[i];
            }
        }

        return null;
    }

    // Whatever comes of it, the controller has no such queue afterwards: its memory is about to be freed.
    private void TryDelete(byte opcode, string name, int id)
    {
        try
        {
            Execute(name, new NvmeCommand { Opcode = opcode, Dword10 = (uint)id }, CancellationToken.None);
        }
        catch (NvmeException e) when (e.Failure == NvmeFailure.Command && e.Status != NvmeStatus.InvalidQueueId)
        {
            // It keeps it.
            ResetLocked(CancellationToken.None);
        }
        catch (Exception e) when (e is NvmeException or VfioException or ObjectDisposedException)
        {
            // It was reset for that, is gone, or never had it.
        }
    }

    // Asked once, before the first queue is made.
    private void AskForQueues(CancellationToken cancellation)
    {
        if (_queuesGranted != 0)
        {
            return;
        }

        uint granted = SetNumberOfQueues(cancellation);
        NvmeIdentity identity = Identify(cancellation);
        int shift = identity.MaximumTransferShift;
        long most = shift is > 0 and < 24 ? (long)_capabilities.MinimumPageSize << shift : MostTransfer;
        _maximumTransfer = (int)Math.Min(most, MostTransfer);
        _sglSupport = identity.SglSupport is 1 or 2 ? identity.SglSupport : 0;
        int byDoorbells = (int)Math.Min((_registers.Size - NvmeRegisters.Doorbells) / (2 * _capabilities.DoorbellStride), int.MaxValue) - 1;
        _queuesGranted = Math.Min(Math.Min((int)(granted & 0xffff), (int)(granted >> 16)) + 1, Math.Min(MostQueues, byDoorbells));
    }

    private uint SetNumberOfQueues(CancellationToken cancellation)
    {
        const byte NumberOfQueues = 0x07;
        return SetFeature(NumberOfQueues, (MostQueues - 1) | ((MostQueues - 1) << 16), cancellation);
    }

    // The first page is named in the command itself, and data that does not begin with a page has one more: so many entries as pages. The last of all but one list page is taken by the link.
    private static int ListPagesFor(int transfer)
    {
        int entries = transfer / PageSize;
        return entries <= EntriesOfList ? 1 : 1 + ((entries - 2) / (EntriesOfList - 1));
    }

    private static int TransferOf(int listPages) => (int)Math.Min((((long)listPages * (EntriesOfList - 1)) + 1) * PageSize, MostTransfer);
}
