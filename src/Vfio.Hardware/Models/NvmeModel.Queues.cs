using System.Diagnostics;

namespace Vfio.Hardware.Models;

/// <content>Commands are taken off the queues, done and answered: by one thread, under the gate.</content>
public sealed partial class NvmeModel
{
    // As many entries are read at once, and as many answers are written at once.
    private const int Fetch = 16;

    // As many commands of one queue are done before the next is looked at.
    private const int Batch = 64;

    // Answers do not wait for the commands behind them while more than this is moved.
    private const ulong MostUnsent = 64 << 10;

    private const int EntryWords = NvmeCompletionQueue.EntrySize / sizeof(ulong);

    private readonly NvmeSubmissionQueue?[] _submissionQueues = new NvmeSubmissionQueue?[MostQueues + 1];
    private readonly NvmeCompletionQueue?[] _completionQueues = new NvmeCompletionQueue?[MostQueues + 1];
    private readonly List<WaitingCommand> _waiting = [];
    private readonly byte[] _entries = new byte[Fetch * NvmeSubmission.Size];
    private readonly byte[] _bounce = new byte[64 << 10];
    private readonly byte[] _list = new byte[NvmeDataPointer.ListSize];

    // Answers that stand in a row in one queue, not written yet.
    private readonly ulong[] _posts = new ulong[Fetch * EntryWords];
    private int _postWords;
    private ulong _postsAt;
    private NvmeCompletionQueue? _postsTo;
    private ulong _unsent;

    // The submission queues there are.
    private NvmeSubmissionQueue[] _served = [];
    private long _completed;

    private void SetSubmissionQueue(uint id, NvmeSubmissionQueue? queue)
    {
        _submissionQueues[id] = queue;
        _served = [.. _submissionQueues.OfType<NvmeSubmissionQueue>()];
        FindDoorbells();
    }

    private bool ServeQueues(Span<bool> signalled)
    {
        _doorbellPage?.Look(_doorbellBytes);
        bool didAny = _waiting.Count != 0 && FinishWaiting(signalled);
        if (_events.Count != 0)
        {
            didAny |= SendEvents(signalled);
        }

        foreach (NvmeSubmissionQueue queue in _served)
        {
            uint tail = TailOf(queue);
            if (tail == queue.Head)
            {
                continue;
            }

            didAny |= ServeQueue(queue, tail, signalled);
            Send();
            if (HasStopped)
            {
                return true;
            }
        }

        return didAny;
    }

    private bool ServeQueue(NvmeSubmissionQueue queue, uint tail, Span<bool> signalled)
    {
        // It may have been deleted by a command of this round.
        if (tail >= queue.Entries || _submissionQueues[queue.Id] != queue)
        {
            // Reported once: the head has not moved.
            if (tail >= queue.Entries && queue.BadTail != tail)
            {
                queue.BadTail = tail;
                RaiseEvent(NvmeEvent.InvalidDoorbellValue);
            }

            return false;
        }

        int done = 0;
        int room = 0;
        NvmeCompletionQueue completions = queue.Completions;
        while (tail != queue.Head && done < Batch)
        {
            int count = (int)Math.Min(queue.Ready(tail, out ulong at), Fetch);
            Span<byte> entries = _entries.AsSpan(0, count * NvmeSubmission.Size);
            if (!Dma.TryRead(at, entries))
            {
                Fail();
                return true;
            }

            for (int i = 0; i < count; i++)
            {
                // Answers to others than this command go to the admin queue's.
                if (room == 0 || queue.Id == 0)
                {
                    room = completions.Room(HeadOf(completions));
                    if (room == 0 && (room = RoomAgain(completions)) == 0)
                    {
                        return done != 0;
                    }
                }

                queue.Take();
                done++;
                var command = new NvmeSubmission(entries.Slice(i * NvmeSubmission.Size, NvmeSubmission.Size));
                uint result = 0;
                ushort status = queue.Id == 0 ? DoAdmin(command, signalled, out result) : DoInjected(queue, command);
                if (status != NvmeStatus.Pending)
                {
                    room--;
                    if (!Complete(queue, command.Id, status, result, signalled))
                    {
                        return true;
                    }
                }

                // The command took away the queue it came from.
                if (HasStopped || _submissionQueues[queue.Id] != queue)
                {
                    return true;
                }
            }
        }

        if (_shadowDoorbells != 0 && queue.Id != 0)
        {
            SayHowFar(queue.Id * 2, queue.Head);
        }

        return done != 0;
    }

    private ushort DoInjected(NvmeSubmissionQueue queue, in NvmeSubmission command)
    {
        if (Inject is not { } inject)
        {
            return DoBlocks(command);
        }

        // Whoever is asked may take his time.
        Send();
        NvmeInjection injection = inject(command.Opcode, command.FirstBlock);
        if (injection.IsFatal)
        {
            Fail();
            return NvmeStatus.Pending;
        }

        if (injection.IsForgotten || injection.IsHung)
        {
            _isHung = injection.IsHung;
            return NvmeStatus.Pending;
        }

        if (injection.IsLost || injection.Delay > TimeSpan.Zero)
        {
            // What it does it does now, and says so later.
            ushort status = injection.IsLost || injection.Status != 0 ? injection.Status : DoBlocks(command);
            long due = injection.IsLost ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(injection.Delay.TotalSeconds * Stopwatch.Frequency);
            _waiting.Add(new WaitingCommand(queue, command.Id, status, due));
            return injection.IsAnsweredTwice ? status : NvmeStatus.Pending;
        }

        return injection.Status != 0 ? injection.Status : DoBlocks(command);
    }

    private bool FinishWaiting(Span<bool> signalled)
    {
        bool didAny = false;
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < _waiting.Count; i++)
        {
            WaitingCommand command = _waiting[i];
            if (command.Due <= now && !command.Queue.Completions.IsFull(HeadOf(command.Queue.Completions)))
            {
                _waiting.RemoveAt(i--);
                didAny = true;
                if (!Complete(command.Queue, command.Id, command.Status, 0, signalled))
                {
                    break;
                }
            }
        }

        Send();
        return didAny;
    }

    /// <summary>Answers a command. The entry is written with those after it, by <see cref="Send"/> at the latest.</summary>
    private bool Complete(NvmeSubmissionQueue queue, ushort id, ushort status, uint result, Span<bool> signalled)
    {
        NvmeCompletionQueue completions = queue.Completions;
        if (_postWords != 0 && (_postsTo != completions || _postWords == _posts.Length) && !Send())
        {
            return false;
        }

        if (_postWords == 0)
        {
            _postsTo = completions;
            _postsAt = completions.Tail;
        }

        _posts[_postWords] = result;
        _posts[_postWords + 1] = queue.Head | ((ulong)queue.Id << 16) | ((ulong)id << 32) | ((ulong)(ushort)((status << 1) | completions.Phase) << 48);
        _postWords += EntryWords;
        if (completions.Vector >= 0)
        {
            signalled[completions.Vector] = true;
            _hasSignals = true;
        }

        bool isLast = completions.Post();
        return (!isLast && _unsent < MostUnsent) || Send();
    }

    /// <summary>Writes the answers that are due. The last word of an entry holds its phase tag: the host finds the rest there.</summary>
    private bool Send()
    {
        if (_postWords == 0)
        {
            return true;
        }

        int words = _postWords;
        _postWords = 0;
        _unsent = 0;
        if (!Dma.TryWriteInOrder(_postsAt, _posts.AsSpan(0, words)))
        {
            Fail();
            return false;
        }

        Volatile.Write(ref _completed, _completed + (words / EntryWords));
        return true;
    }

    private readonly record struct WaitingCommand(NvmeSubmissionQueue Queue, ushort Id, ushort Status, long Due);
}
