using System.Buffers.Binary;
using System.Diagnostics;

namespace Vfio.Hardware.Models;

/// <content>The thread that takes commands off the queues and answers them.</content>
public sealed partial class NvmeModel
{
    // As many entries are read at once.
    private const int Fetch = 16;

    // As many commands are done before the gate is opened and interrupts go out.
    private const int Batch = 64;

    // So long it looks before it sleeps: a driver that polls finds it awake.
    private static readonly long s_patience = Stopwatch.Frequency / 2000;

    private readonly NvmeSubmissionQueue?[] _submissionQueues = new NvmeSubmissionQueue?[MostQueues + 1];
    private readonly NvmeCompletionQueue?[] _completionQueues = new NvmeCompletionQueue?[MostQueues + 1];
    private readonly List<WaitingCommand> _waiting = [];
    private readonly byte[] _entries = new byte[Fetch * NvmeSubmission.Size];
    private readonly byte[] _bounce = new byte[64 << 10];
    private readonly byte[] _list = new byte[NvmeDataPointer.ListSize];
    private long _completed;
    private Rest _rest = new();

    // A doorbell; where commands stand behind it the thread is woken, if it sleeps.
    private void Ring(int doorbell, uint value)
    {
        if (doorbell >= _doorbells.Length)
        {
            return;
        }

        Volatile.Write(ref _doorbells[doorbell], value);

        Volatile.Read(ref _rest).WakeIfAsleep();
        if (doorbell % 2 != 0 && IntxAsserted)
        {
            DriveIntx();
        }
    }

    private void Serve(int time, Rest rest)
    {
        long idleSince = Stopwatch.GetTimestamp();
        Span<bool> signalled = stackalloc bool[MostQueues + 1];
        while (true)
        {
            bool didAny;
            bool usesVectors;
            lock (_gate)
            {
                if (_time != time)
                {
                    return;
                }

                didAny = (_status & StatusFatal) == 0 && ServeQueues(signalled);
                usesVectors = MsixEnabled;
            }

            if (didAny)
            {
                idleSince = 0;
                Signal(signalled, usesVectors);
                continue;
            }

            long now = Stopwatch.GetTimestamp();
            idleSince = idleSince == 0 ? now : idleSince;
            if (now - idleSince < s_patience)
            {
                Thread.SpinWait(20);
                continue;
            }

            rest.Begin();
            if (!HasWork(time, out int wait))
            {
                rest.Wait(wait);
            }

            rest.End();
        }
    }

    private bool HasWork(int time, out int wait)
    {
        wait = Timeout.Infinite;
        lock (_gate)
        {
            if (_time != time)
            {
                return true;
            }

            if ((_status & StatusFatal) != 0)
            {
                return false;
            }

            foreach (WaitingCommand command in _waiting)
            {
                if (command.Due != long.MaxValue)
                {
                    double left = Math.Ceiling((double)(command.Due - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
                    wait = (int)Math.Clamp(left, 0, wait == Timeout.Infinite ? int.MaxValue : wait);
                }
            }

            foreach (NvmeSubmissionQueue? queue in _submissionQueues)
            {
                if (queue is not null && TailOf(queue) != queue.Head && !queue.Completions.IsFull(HeadOf(queue.Completions)))
                {
                    return true;
                }
            }

            return wait == 0;
        }
    }

    private bool ServeQueues(Span<bool> signalled)
    {
        int done = 0;
        if (_waiting.Count != 0)
        {
            done += FinishWaiting(signalled);
        }

        foreach (NvmeSubmissionQueue? queue in _submissionQueues)
        {
            if (queue is not null)
            {
                done += ServeQueue(queue, signalled);
                if ((_status & StatusFatal) != 0)
                {
                    return true;
                }
            }
        }

        return done != 0;
    }

    private int ServeQueue(NvmeSubmissionQueue queue, Span<bool> signalled)
    {
        int done = 0;
        uint tail = TailOf(queue);
        if (tail >= queue.Entries)
        {
            // Reported once: the head has not moved.
            if (queue.BadTail != tail)
            {
                queue.BadTail = tail;
                RaiseEvent(NvmeEvent.InvalidDoorbellValue, signalled);
            }

            return 0;
        }

        while (tail != queue.Head && done < Batch)
        {
            int count = (int)Math.Min(queue.Ready(tail, out ulong at), Fetch);
            Span<byte> entries = _entries.AsSpan(0, count * NvmeSubmission.Size);
            if (!Dma.TryRead(at, entries))
            {
                Fail();
                return done;
            }

            for (int i = 0; i < count; i++)
            {
                NvmeCompletionQueue completions = queue.Completions;
                if (completions.IsFull(HeadOf(completions)) && !HasRoomAgain(completions))
                {
                    return done;
                }

                queue.Take();
                done++;
                var command = new NvmeSubmission(entries.Slice(i * NvmeSubmission.Size, NvmeSubmission.Size));
                uint result = 0;
                ushort status = queue.Id == 0 ? DoAdmin(command, signalled, out result) : DoInjected(queue, command);
                if (status != NvmeStatus.Pending && !Complete(queue, command.Id, status, result, signalled))
                {
                    return done;
                }

                // The command took away the queue it came from.
                if ((_status & StatusFatal) != 0 || _submissionQueues[queue.Id] != queue)
                {
                    return done;
                }
            }
        }

        if (done != 0 && _shadowDoorbells != 0 && queue.Id != 0)
        {
            SayHowFar(queue.Id * 2, queue.Head);
        }

        return done;
    }

    // Who stores to doorbells in memory is told where we stand, and looked at once more: the next store then reaches us.
    private bool HasRoomAgain(NvmeCompletionQueue queue)
    {
        if (queue.Id == 0 || _shadowDoorbells == 0)
        {
            return false;
        }

        SayHowFar((queue.Id * 2) + 1, HeadOf(queue));
        Interlocked.MemoryBarrier();
        return !queue.IsFull(HeadOf(queue));
    }

    private ushort DoInjected(NvmeSubmissionQueue queue, in NvmeSubmission command)
    {
        if (Inject is not { } inject)
        {
            return DoBlocks(command);
        }

        NvmeInjection injection = inject(command.Opcode, command.FirstBlock);
        if (injection.IsFatal)
        {
            Fail();
            return NvmeStatus.Pending;
        }

        if (injection.IsLost || injection.Delay > TimeSpan.Zero)
        {
            // What it does it does now, and says so later.
            ushort status = injection.IsLost || injection.Status != 0 ? injection.Status : DoBlocks(command);
            long due = injection.IsLost ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(injection.Delay.TotalSeconds * Stopwatch.Frequency);
            _waiting.Add(new WaitingCommand(queue, command.Id, status, due));
            return NvmeStatus.Pending;
        }

        return injection.Status != 0 ? injection.Status : DoBlocks(command);
    }

    private int FinishWaiting(Span<bool> signalled)
    {
        int done = 0;
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < _waiting.Count; i++)
        {
            WaitingCommand command = _waiting[i];
            if (command.Due <= now && !command.Queue.Completions.IsFull(HeadOf(command.Queue.Completions)))
            {
                _waiting.RemoveAt(i--);
                done++;
                if (!Complete(command.Queue, command.Id, command.Status, 0, signalled))
                {
                    break;
                }
            }
        }

        return done;
    }

    /// <summary>Posts an entry: its last half holds the phase tag, and goes last.</summary>
    private bool Complete(NvmeSubmissionQueue queue, ushort id, ushort status, uint result, Span<bool> signalled)
    {
        NvmeCompletionQueue completions = queue.Completions;
        Span<byte> entry = stackalloc byte[NvmeCompletionQueue.EntrySize];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, result);
        BinaryPrimitives.WriteUInt64LittleEndian(
            entry[8..], queue.Head | ((ulong)queue.Id << 16) | ((ulong)id << 32) | ((ulong)(ushort)((status << 1) | completions.Phase) << 48));
        ulong at = completions.Tail;
        if (!Dma.TryWrite(at, entry[..8]) || !Dma.TryWrite(at + 8, entry[8..]))
        {
            Fail();
            return false;
        }

        completions.Post();
        if (completions.Vector >= 0)
        {
            signalled[completions.Vector] = true;
        }

        Volatile.Write(ref _completed, _completed + 1);
        return true;
    }

    private void Signal(Span<bool> signalled, bool usesVectors)
    {
        for (int vector = 0; vector < signalled.Length; vector++)
        {
            if (!signalled[vector])
            {
                continue;
            }

            signalled[vector] = false;
            if (usesVectors)
            {
                SendMsix(vector);
            }
            else if (MsiEnabled)
            {
                SendMsi(0);
            }
        }

        if (!usesVectors && !MsiEnabled)
        {
            DriveIntx();
        }
    }

    // The line is up while the host has left something in a queue with an interrupt, and has not masked it.
    // It is driven with no lock held, so whoever drives it last looks again.
    private void DriveIntx()
    {
        bool level;
        do
        {
            level = HasInterrupt;
            SetIntx(level);
        }
        while (level != HasInterrupt);
    }

    private bool HasInterrupt
    {
        get
        {
            lock (_gate)
            {
                bool waits = false;
                foreach (NvmeCompletionQueue? queue in _completionQueues)
                {
                    waits |= queue is { Vector: >= 0 } && queue.IsWaitedOn(HeadOf(queue));
                }

                return waits && (_interruptMask & 1) == 0;
            }
        }
    }

    private uint TailOf(NvmeSubmissionQueue queue)
        => queue.Id != 0 && _shadowDoorbells != 0 && TryReadShadow(queue.Id * 2, out uint tail) ? tail : Volatile.Read(ref _doorbells[queue.Id * 2]);

    private uint HeadOf(NvmeCompletionQueue queue)
        => queue.Id != 0 && _shadowDoorbells != 0 && TryReadShadow((queue.Id * 2) + 1, out uint head) ? head : Volatile.Read(ref _doorbells[(queue.Id * 2) + 1]);

    // Base specification 1.4, 7.13: the host stores to its own memory, and to the register only past what the controller wrote to its event index.
    private bool TryReadShadow(int doorbell, out uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        bool done = Dma.TryRead(_shadowDoorbells + ((ulong)doorbell * 4), bytes);
        value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return done;
    }

    private void SayHowFar(int doorbell, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Dma.TryWrite(_eventIndexes + ((ulong)doorbell * 4), bytes);
    }

    /// <summary>How a thread that serves sleeps, and how it is woken. One thread's: the one before may still be on its way out.</summary>
    private sealed class Rest
    {
        private readonly object _bed = new();
        private bool _sleeps;
        private bool _woken;

        /// <summary>What is stored before <see cref="WakeIfAsleep"/> is seen after this, or its caller sees this.</summary>
        public void Begin()
        {
            Volatile.Write(ref _sleeps, true);
            Interlocked.MemoryBarrier();
        }

        public void Wait(int milliseconds)
        {
            lock (_bed)
            {
                if (!_woken)
                {
                    Monitor.Wait(_bed, milliseconds);
                }

                _woken = false;
            }
        }

        public void End() => Volatile.Write(ref _sleeps, false);

        public void Wake()
        {
            lock (_bed)
            {
                _woken = true;
                Monitor.Pulse(_bed);
            }
        }

        public void WakeIfAsleep()
        {
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _sleeps))
            {
                Wake();
            }
        }
    }

    private readonly record struct WaitingCommand(NvmeSubmissionQueue Queue, ushort Id, ushort Status, long Due);
}
