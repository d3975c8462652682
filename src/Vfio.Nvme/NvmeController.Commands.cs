using System.Diagnostics;

namespace Vfio.Nvme;

/// <content>Commands of the admin queue, one at a time: submitted, waited for, their answers taken.</content>
public sealed partial class NvmeController
{
    private const int NoTag = -1;
    private static readonly TimeSpan s_interruptGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(50);

    // An Asynchronous Event Request is under way as long as nothing happens.
    private int _eventTag = NoTag;
    private volatile bool _isResetting;

    /// <summary>Reads an answer out of the memory that the controller wrote it to.</summary>
    private delegate T Parser<T>(ReadOnlySpan<byte> answer);

    /// <summary>A command with an answer in memory.</summary>
    private T Ask<T>(string name, NvmeCommand command, int length, Parser<T> parse, CancellationToken cancellation)
    {
        lock (_lock)
        {
            // A command that was left alone may still write to the same memory.
            ThrowIfUnusable();
            Settle(cancellation);

            // What an answer before left here must not pass for this one's.
            Span<byte> answer = _memory.Slice(_dataOffset, length);
            answer.Fill(Untouched);
            Execute(name, command with { Data = _memory.Iova + _dataOffset, Length = length }, cancellation);
            if (!IsWritten(answer))
            {
                throw new NvmeException($"{Device.Address} completed {name} without writing its {length} bytes to IOVA 0x{_memory.Iova + _dataOffset:x}: its DMA did not arrive");
            }

            BytesReceived += length;
            return parse(answer);
        }
    }

    /// <summary>Submits it, rings the doorbell, waits for its completion and consumes that.</summary>
    private NvmeCompletion Execute(string name, in NvmeCommand command, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ThrowIfUnusable();
            cancellation.ThrowIfCancellationRequested();
            if (!_admin.TrySubmit(command, out ushort tag))
            {
                Settle(cancellation);
                if (!_admin.TrySubmit(command, out tag))
                {
                    throw new NvmeException($"{Device.Address} has left {_admin.UnderWay} commands of the admin queue unanswered; reset it", NvmeFailure.Timeout);
                }
            }

            Announce();
            if (_interrupts is not null)
            {
                WaitForInterrupt(_interrupts[0], cancellation);
            }

            NvmeCompletion completion = WaitForAnswer(name, tag, cancellation);
            completion.ThrowIfFailed(name);
            return completion;
        }
    }

    private void Announce()
    {
        try
        {
            _admin.Ring();
        }
        catch (VfioException) when (!IsWell(_epoch))
        {
            ThrowIfUnusable();
        }
    }

    /// <summary>Waits for what was submitted and then left alone, by a wait that was cancelled.</summary>
    private void Settle(CancellationToken cancellation)
    {
        if (_admin.UnderWay > (_eventTag == NoTag ? 0 : 1))
        {
            WaitForAnswer("a command before", NoTag, cancellation);
        }
    }

    // Waited for before the queue is looked at, so that a lost one shows in InterruptsReceived; the phase bit alone decides.
    private void WaitForInterrupt(InterruptVector vector, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan grace = CommandTimeout < s_interruptGrace ? CommandTimeout : s_interruptGrace;
        ulong received = 0;
        while (received == 0 && Stopwatch.GetElapsedTime(start) < grace && IsAnswering())
        {
            received = vector.Wait(s_glance, cancellation);
        }

        InterruptsReceived += received;
    }

    /// <summary>Until a command is answered; with <see cref="NoTag"/>, all of them.</summary>
    private NvmeCompletion WaitForAnswer(string name, int tag, CancellationToken cancellation)
    {
        const int Spins = 100;
        long start = Stopwatch.GetTimestamp();
        for (int tries = 0; ; tries++)
        {
            // Where it is another's, the clock is looked at all the same: events may come without end.
            if (TakeAnswer(out NvmeCompletion completion) && (completion.Tag == tag || (tag == NoTag && _admin.UnderWay <= (_eventTag == NoTag ? 0 : 1))))
            {
                return completion;
            }

            cancellation.ThrowIfCancellationRequested();
            if (!IsAnswering())
            {
                throw Fail(name, $"{Device.Address} stopped while {name} was under way", NvmeFailure.Fatal);
            }

            if (Stopwatch.GetElapsedTime(start) > CommandTimeout)
            {
                throw Fail(name, $"{Device.Address} did not answer {name} in {CommandTimeout.TotalSeconds:0.###} s and was reset; repeat it", NvmeFailure.Timeout);
            }

            if (tries < Spins)
            {
                Thread.SpinWait(20);
            }
            else
            {
                Thread.Sleep(1);
            }
        }
    }

    private bool TakeAnswer(out NvmeCompletion completion)
    {
        Span<NvmeCompletion> one = stackalloc NvmeCompletion[1];
        int count;
        try
        {
            count = _admin.Poll(one);
        }
        catch (NvmeException e)
        {
            // What stands behind it would not be believed either, and queues may be made that nobody is told of.
            throw Fail("a command of the admin queue", $"{Device.Address} answered at its admin queue what it was not asked, and was reset; repeat the command", e.Failure);
        }

        if (count == 0)
        {
            completion = default;
            return false;
        }

        completion = one[0];
        CommandsCompleted++;
        if (completion.Tag == _eventTag)
        {
            _eventTag = NoTag;
            TakeEvent(completion);
        }

        return true;
    }

    private bool IsAnswering()
    {
        uint status = ReadStatus();
        return status != NvmeRegisters.Absent && (status & NvmeRegisters.Fatal) == 0;
    }

    // A controller that leaves its admin queue unanswered has nothing left to be asked with: it is reset, or given up.
    private NvmeException Fail(string name, string message, NvmeFailure kind)
    {
        if (!_isResetting && IsWell(_epoch))
        {
            ResetLocked(CancellationToken.None);
        }

        return _failure is { Failure: NvmeFailure.Gone } gone ? new NvmeException($"{name}: {gone.Message}", NvmeFailure.Gone) : new NvmeException(message, kind);
    }
}
