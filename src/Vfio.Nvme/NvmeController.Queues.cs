namespace Vfio.Nvme;

/// <content>Queues for I/O.</content>
public sealed partial class NvmeController
{
    // One page of a PRP list names as much.
    private const int MostTransfer = 512 * PageSize;
    private const int MostQueues = 64;

    private readonly List<NvmeQueue> _queues = [];
    private int _queuesGranted;
    private int _maximumTransfer;

    /// <summary>The queues made, in the order of their ids.</summary>
    public IReadOnlyList<NvmeQueue> Queues => _queues;

    /// <summary>The longest queue that <see cref="CreateQueue"/> makes, in commands that can be under way.</summary>
    public int MaximumDepth => _capabilities.MaximumQueueEntries - 1;

    /// <summary>What queues can be at most. Asks the controller for as many as it has (feature 07h), where that was not done yet.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeLimits ReadLimits(CancellationToken cancellation = default)
    {
        AskForQueues(cancellation);
        return new(_queuesGranted, MaximumDepth, _maximumTransfer);
    }

    /// <summary>Makes a pair of I/O queues (Create I/O Completion Queue, Create I/O Submission Queue). It lives until the controller is disposed.</summary>
    /// <param name="depth">Commands that can be under way, from 1 to <see cref="MaximumDepth"/>.</param>
    /// <param name="useInterrupt">Completions fire an MSI-X vector of the queue's own; <see cref="Start"/> must have been asked for enough of them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The controller refused it, or has no more queues to give.</exception>
    /// <exception cref="InvalidOperationException">There is no vector left for it.</exception>
    /// <exception cref="VfioException">The kernel refused the memory.</exception>
    public NvmeQueue CreateQueue(int depth = 64, bool useInterrupt = false, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaximumDepth);
        int id = _queues.Count + 1;
        InterruptVector? vector = null;
        if (useInterrupt)
        {
            vector = _interrupts is { Kind: Vfio.InterruptKind.Msix } set && id < set.Count ? set[id]
                : throw new InvalidOperationException($"Queue {id} wants MSI-X vector {id}; the controller was started with {_interrupts?.Count ?? 0}.");
        }

        AskForQueues(cancellation);
        if (id > _queuesGranted)
        {
            throw new NvmeException($"{_device.Address} gives {_queuesGranted} I/O queues, and all are in use");
        }

        int entries = depth + 1;
        DmaBuffer memory = _device.AllocateDma(NvmeRing.BytesFor(entries));
        try
        {
            NvmeRing ring = new(_registers, memory, entries, Doorbell((uint)id * 2), Doorbell(((uint)id * 2) + 1));
            uint size = (uint)id | ((uint)depth << 16);
            const uint Contiguous = 1;
            const uint Interrupts = 2;
            Execute(
                "Create I/O Completion Queue",
                new NvmeCommand
                {
                    Opcode = NvmeOpcode.CreateCompletionQueue,
                    Data = ring.CompletionIova,
                    Dword10 = size,
                    Dword11 = vector is null ? Contiguous : Contiguous | Interrupts | ((uint)vector.Index << 16),
                },
                cancellation);
            try
            {
                Execute(
                    "Create I/O Submission Queue",
                    new NvmeCommand { Opcode = NvmeOpcode.CreateSubmissionQueue, Data = ring.SubmissionIova, Dword10 = size, Dword11 = Contiguous | ((uint)id << 16) },
                    cancellation);
            }
            catch
            {
                // Or the controller goes on writing to memory that is freed.
                Execute("Delete I/O Completion Queue", new NvmeCommand { Opcode = NvmeOpcode.DeleteCompletionQueue, Dword10 = (uint)id }, CancellationToken.None);
                throw;
            }

            NvmeQueue queue = new(id, ring, memory, _maximumTransfer, vector);
            _queues.Add(queue);
            return queue;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    // Feature 07h: asked once, before the first queue is made.
    private void AskForQueues(CancellationToken cancellation)
    {
        const byte NumberOfQueues = 0x07;
        if (_queuesGranted != 0)
        {
            return;
        }

        uint granted = SetFeature(NumberOfQueues, (MostQueues - 1) | ((MostQueues - 1) << 16), cancellation);
        int byDoorbells = (int)Math.Min((_registers.Size - NvmeRegisters.Doorbells) / (2 * _capabilities.DoorbellStride), int.MaxValue) - 1;
        _queuesGranted = Math.Min(Math.Min((int)(granted & 0xffff), (int)(granted >> 16)) + 1, Math.Min(MostQueues, byDoorbells));
        int shift = Identify(cancellation).MaximumTransferShift;
        _maximumTransfer = shift is > 0 and < 9 ? Math.Min(MostTransfer, _capabilities.MinimumPageSize << shift) : MostTransfer;
    }
}
