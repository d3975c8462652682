using System.Diagnostics;

namespace Vfio.Hardware.Models;

/// <content>The thread that serves the queues: when it looks, when it rests, and how others come between.</content>
public sealed partial class NvmeModel
{
    // So often it looks in vain before it lets go of the gate and asks what time it is.
    private const int Looks = 64;

    // Doorbells in a page that nobody can be woken by: a nap between looks, once nothing has come for long.
    private const int Nap = 1;

    // So long it looks before it rests: a driver that polls finds it awake.
    private static readonly long s_patience = Stopwatch.Frequency / 2000;

    // Then so long it looks and lets others run, where it could only nap.
    private static readonly long s_patienceBeforeNaps = Stopwatch.Frequency / 250;

    private NvmeRest _rest = new();
    private int _callers;
    private bool _hasSignals;

    // The thread goes on under the gate as long as nobody waits for it: it costs nothing per command.
    private void EnterGate()
    {
        Interlocked.Increment(ref _callers);
        _gate.Enter();
        Interlocked.Decrement(ref _callers);
    }

    private void Serve(int time, NvmeRest rest)
    {
        long idleSince = 0;
        Span<bool> signalled = stackalloc bool[MostQueues + 1];
        while (true)
        {
            while (Volatile.Read(ref _callers) != 0)
            {
                Thread.Yield();
            }

            bool didAny = false;
            bool tells = false;
            bool usesVectors = false;
            bool isWatching;
            lock (_gate)
            {
                for (int looks = 0; looks < Looks && !_hasSignals && Volatile.Read(ref _callers) == 0; looks++)
                {
                    if (_time != time)
                    {
                        return;
                    }

                    if (!HasStopped && ServeQueues(signalled))
                    {
                        didAny = true;
                        looks = 0;
                    }
                }

                if (_time != time)
                {
                    return;
                }

                isWatching = _doorbellPage is not null;
                if (_hasSignals)
                {
                    _hasSignals = false;
                    tells = true;
                    usesVectors = MsixEnabled;
                }
            }

            if (tells)
            {
                Signal(signalled, usesVectors);
            }

            if (didAny)
            {
                idleSince = 0;
                continue;
            }

            // The head of a queue is stored to the page without a call: the line may go down.
            if (isWatching && IntxAsserted)
            {
                DriveIntx();
            }

            long now = Stopwatch.GetTimestamp();
            idleSince = idleSince == 0 ? now : idleSince;
            if (now - idleSince < s_patience)
            {
                continue;
            }

            if (isWatching && now - idleSince < s_patienceBeforeNaps)
            {
                Thread.Yield();
                continue;
            }

            rest.Begin();
            if (!HasWork(time, out int wait))
            {
                rest.Wait(isWatching && wait is Timeout.Infinite or > Nap ? Nap : wait);
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

            if (HasStopped)
            {
                return false;
            }

            foreach (WaitingCommand command in _waiting)
            {
                // One that finds no room waits for the doorbell that makes some; where that is in the host's memory, it is looked for.
                bool hasRoom = !command.Queue.Completions.IsFull(HeadOf(command.Queue.Completions));
                if (command.Due != long.MaxValue && !hasRoom && _shadowDoorbells != 0)
                {
                    wait = wait == Timeout.Infinite ? Nap : Math.Min(wait, Nap);
                }
                else if (command.Due != long.MaxValue && hasRoom)
                {
                    double left = Math.Ceiling((double)(command.Due - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
                    wait = (int)Math.Clamp(left, 0, wait == Timeout.Infinite ? int.MaxValue : wait);
                }
            }

            _doorbellPage?.Look(_doorbellBytes);
            foreach (NvmeSubmissionQueue queue in _served)
            {
                uint tail = TailOf(queue);
                if (tail != queue.Head && (tail < queue.Entries || tail != queue.BadTail) && !queue.Completions.IsFull(HeadOf(queue.Completions)))
                {
                    return true;
                }
            }

            return wait == 0;
        }
    }

    private void Signal(Span<bool> signalled, bool usesVectors)
    {
        bool isMsi = !usesVectors && MsiEnabled;
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
            else if (isMsi)
            {
                SendMsi(0);
            }
        }

        if (!usesVectors && !isMsi)
        {
            DriveIntx();
        }
    }

    // The line is up while the host has left something in a queue with an interrupt, and has not masked it.
    /// <inheritdoc/>
    protected override bool HasInterrupt
    {
        get
        {
            EnterGate();
            try
            {
                bool waits = false;
                _doorbellPage?.Look(_doorbellBytes);
                foreach (NvmeCompletionQueue? queue in _completionQueues)
                {
                    waits |= queue is { Vector: >= 0 } && queue.IsWaitedOn(HeadOf(queue)) && queue.IsWaitedOn(HeadThatIsTold(queue));
                }

                return waits && (_interruptMask & 1) == 0;
            }
            finally
            {
                _gate.Exit();
            }
        }
    }
}
