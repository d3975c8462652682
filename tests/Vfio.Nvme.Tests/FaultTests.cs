using System.Diagnostics;
using Vfio.Hardware.Models;
using Vfio.Uapi;

namespace Vfio.Nvme.Tests;

/// <summary>A controller that does wrong. Whatever it does, every command ends once, no call hangs, and what was written is there afterwards.</summary>
public sealed class FaultTests
{
    private const int Depth = 128;
    private const ulong Marked = 64;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0x006)]
    [InlineData(0x280)]
    [InlineData(0x281)]
    [InlineData(0x286)]
    public void An_error_is_its_commands_alone(ushort status)
    {
        using SoftController soft = new();
        soft.Model.Inject = (_, block) => block % 3 == 0 ? new() { Status = status } : default;
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        Dictionary<ushort, ulong> commands = Submit(queue, ns, memory);
        foreach (NvmeCompletion completion in TakeAll(queue, commands))
        {
            Assert.Equal(commands[completion.Tag] % 3 == 0 ? status : 0, completion.Status);
        }

        NvmeException failure = Assert.Throws<NvmeException>(() => queue.Read(ns, 0, new byte[512], Stop));
        Assert.Equal((NvmeFailure.Command, (int)status), (failure.Failure, failure.Status));
        queue.Read(ns, 1, new byte[512], Stop);
        Assert.Equal(0, controller.ResetCount);
    }

    [Fact]
    public void A_command_that_takes_long_is_waited_for()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, block) => block == Marked ? new() { Delay = TimeSpan.FromMilliseconds(300) } : default;
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        Dictionary<ushort, ulong> commands = Submit(queue, ns, memory);
        NvmeCompletion[] taken = TakeAll(queue, commands);
        Assert.All(taken, static completion => Assert.True(completion.Succeeded));
        Assert.Equal(Marked, commands[taken[^1].Tag]);
        Assert.Equal(0, controller.AbortCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_command_that_is_lost_is_aborted_and_no_other_is_touched(bool useInterrupt)
    {
        using SoftController soft = new();
        soft.Model.Inject = static (opcode, block) => opcode == NvmeOpcode.Read && block == Marked ? new() { IsLost = true } : default;
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, useInterrupt, Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        Dictionary<ushort, ulong> commands = Submit(queue, ns, memory);
        foreach (NvmeCompletion completion in TakeAll(queue, commands))
        {
            Assert.Equal(commands[completion.Tag] == Marked ? NvmeStatus.AbortRequested : 0, completion.Status);
        }

        NvmeException late = Assert.Throws<NvmeException>(() => queue.Read(ns, Marked, new byte[512], Stop));
        Assert.Equal((NvmeFailure.Command, NvmeStatus.AbortRequested), (late.Failure, late.Status));
        Assert.Equal((2, 0), (controller.AbortCount, controller.ResetCount));
    }

    [Theory]
    [InlineData(nameof(NvmeInjection.IsForgotten))]
    [InlineData(nameof(NvmeInjection.IsHung))]
    [InlineData(nameof(NvmeInjection.IsFatal))]
    [InlineData(nameof(NvmeModel.IsDead))]
    public void A_controller_that_stops_in_the_middle_is_reset_and_goes_on(string fault)
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using NvmeQueue other = controller.CreateQueue(4, useInterrupt: true, Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        byte[] data = new byte[4 << 20];
        new Random(1).NextBytes(data);
        queue.Write(ns, 0, data, Stop);
        bool isWell = false;
        soft.Model.Inject = (_, block) =>
        {
            if (block != Marked || isWell)
            {
                return default;
            }

            isWell = fault != nameof(NvmeInjection.IsForgotten);
            soft.Model.IsDead = fault == nameof(NvmeModel.IsDead);
            return new()
            {
                IsForgotten = fault is nameof(NvmeInjection.IsForgotten) or nameof(NvmeModel.IsDead),
                IsHung = fault == nameof(NvmeInjection.IsHung),
                IsFatal = fault == nameof(NvmeInjection.IsFatal),
            };
        };
        Dictionary<ushort, ulong> commands = Submit(queue, ns, memory);
        NvmeCompletion[] taken = TakeAll(queue, commands);
        Assert.All(taken, static completion => Assert.True(completion.Succeeded || completion.WasLost));
        Assert.True(taken.Single(completion => commands[completion.Tag] == Marked).WasLost);
        Assert.Equal(1, controller.ResetCount);
        if (fault != nameof(NvmeInjection.IsForgotten))
        {
            Assert.Contains(taken, completion => completion.WasLost && commands[completion.Tag] > Marked);
        }

        // Each of its queues works again, and what was written is there.
        soft.Model.Inject = null;
        byte[] read = new byte[data.Length];
        queue.Read(ns, 0, read, Stop);
        Assert.True(read.AsSpan().SequenceEqual(data));
        other.Read(ns, 0, read, Stop);
        Assert.True(read.AsSpan().SequenceEqual(data));
        Assert.Equal(1, controller.ResetCount);
        Assert.Equal([1u], controller.ListNamespaces(Stop));
    }

    [Theory]
    [InlineData(nameof(NvmeInjection.IsForgotten))]
    [InlineData(nameof(NvmeInjection.IsFatal))]
    public async Task Calls_that_a_reset_ends_fail_once_each_and_later_ones_work(string fault)
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(Depth, Stop);
        byte[] data = new byte[4 << 20];
        new Random(2).NextBytes(data);
        await queue.WriteAsync(ns, 0, data, Stop);
        soft.Model.Inject = (_, block) => block != Marked ? default
            : new() { IsForgotten = fault == nameof(NvmeInjection.IsForgotten), IsFatal = fault == nameof(NvmeInjection.IsFatal) };
        int lost = 0;
        byte[][] memory = [.. Enumerable.Range(0, 2 * Depth).Select(static _ => new byte[512])];
        await Task.WhenAll(memory.Select(async (part, i) =>
        {
            try
            {
                await queue.ReadAsync(ns, (ulong)i, part, Stop);
                Assert.True(part.AsSpan().SequenceEqual(data.AsSpan(i * 512, 512)));
            }
            catch (NvmeException e) when (e.Failure == NvmeFailure.AbortedByReset)
            {
                Interlocked.Increment(ref lost);
            }
        })).WaitAsync(s_patience, Stop);
        Assert.InRange(lost, 1, Depth);
        Assert.Equal(1, controller.ResetCount);
        soft.Model.Inject = null;
        byte[] read = new byte[data.Length];
        await queue.ReadAsync(ns, 0, read, Stop).AsTask().WaitAsync(s_patience, Stop);
        Assert.True(read.AsSpan().SequenceEqual(data));
    }

    [Fact]
    public void A_command_that_is_late_is_found_by_who_waits_for_interrupts_and_seldom_polls()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, _) => new() { IsLost = true };
        using NvmeController controller = Start(soft);
        controller.CommandTimeout = TimeSpan.FromMilliseconds(200);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(4, useInterrupt: true, Stop);
        Assert.True(queue.TryFlush(ns, out _));
        queue.Ring();
        NvmeCompletion[] one = new NvmeCompletion[1];
        int polls = 0;
        while (queue.Poll(one) == 0)
        {
            polls++;
            queue.Vector!.Wait(TimeSpan.FromMilliseconds(60), Stop);
        }

        Assert.Equal(NvmeStatus.AbortRequested, one[0].Status);
        Assert.InRange(polls, 1, 50);
    }

    [Fact]
    public void A_command_that_was_answered_while_nobody_looked_is_not_late()
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        controller.CommandTimeout = TimeSpan.FromSeconds(60);
        using NvmeQueue queue = controller.CreateQueue(4, useInterrupt: true, Stop);
        using ManualResetEventSlim goesOn = new();
        soft.Model.Inject = (_, _) =>
        {
            goesOn.Wait(Stop);
            return default;
        };
        Assert.True(queue.TryFlush(ns, out _));
        queue.Ring();
        NvmeCompletion[] one = new NvmeCompletion[1];

        // Seen by a look at the clock, and then answered; the next poll is one that looks again.
        for (int i = 0; i < 511; i++)
        {
            Assert.Equal(0, queue.Poll(one));
        }

        goesOn.Set();
        Assert.True(queue.Vector!.Wait(s_patience, Stop) > 0);
        controller.CommandTimeout = TimeSpan.FromMilliseconds(1);
        Thread.Sleep(100);
        int polls = 0;
        while (queue.Poll(one) == 0)
        {
            polls++;
        }

        Assert.Equal((0, 0, 0), (polls, one[0].Status, controller.AbortCount));
    }

    [Fact]
    public void A_controller_that_answers_what_was_not_asked_is_reset_under_a_call_that_waits()
    {
        const int Entries = 4;
        const int Completions = 4096;
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(NvmeRing.BytesFor(Entries, 1));
        NvmeRing ring = new(soft.Device.Bars[0], memory, Entries, 1, NvmeRegisters.Doorbells + 8, NvmeRegisters.Doorbells + 12);
        NvmeQueuePair pair = new(controller, 1, ring, memory, 4096, null);
        controller.Make(pair, Stop);
        NvmeQueue queue = new(controller, pair);
        soft.Model.Inject = (_, _) =>
        {
            memory.Slice(Completions, 16)[12] = 99;
            memory.Slice(Completions, 16)[14] = 1;
            return new() { IsLost = true };
        };
        Assert.Throws<NvmeException>(() => queue.Flush(ns));
        soft.Model.Inject = null;
        queue.Flush(ns);
        queue.Read(ns, 0, new byte[512], Stop);
        Assert.Equal(1, controller.ResetCount);
    }

    [Fact]
    public void A_ring_whose_memory_is_gone_ends_its_commands_and_takes_no_more()
    {
        const int Entries = 4;
        using SoftController soft = new();
        using DmaBuffer memory = soft.Device.AllocateDma(NvmeRing.BytesFor(Entries, 1));
        NvmeRing ring = new(soft.Device.Bars[0], memory, Entries, 1, NvmeRegisters.Doorbells + 8, NvmeRegisters.Doorbells + 12);
        Assert.True(ring.TrySubmitBlocks(NvmeOpcode.Read, 1, 0, 1, memory.Iova, 512, out _));
        Assert.True(ring.TryTake(out _));
        ring.Free();
        Assert.Throws<ObjectDisposedException>(() => ring.TrySubmitBlocks(NvmeOpcode.Read, 1, 0, 1, memory.Iova, 512, out _));
        Assert.Throws<ObjectDisposedException>(() => ring.Take(new NvmeCompletion[1]));
        Assert.True(ring.TryForget(out _));
        Assert.True(ring.TryForget(out _));
        Assert.False(ring.TryForget(out _));
    }

    [Theory]
    [InlineData(NvmeOpcode.DeleteSubmissionQueue)]
    [InlineData(NvmeOpcode.DeleteCompletionQueue)]
    [InlineData(NvmeOpcode.CreateSubmissionQueue)]
    public void A_queue_that_the_controller_does_not_give_up_is_taken_from_it_by_a_reset(byte refused)
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue other = controller.CreateQueue(4, cancellation: Stop);
        NvmeQueue? queue = refused == NvmeOpcode.CreateSubmissionQueue ? null : controller.CreateQueue(4, cancellation: Stop);
        soft.Model.Refuse = opcode => opcode == refused || (queue is null && opcode == NvmeOpcode.DeleteCompletionQueue) ? (ushort)0x006 : (ushort)0;
        if (queue is null)
        {
            Assert.Equal(0x006, Assert.Throws<NvmeException>(() => controller.CreateQueue(4, cancellation: Stop)).Status);
        }
        else
        {
            queue.Dispose();
        }

        Assert.Equal(1, controller.ResetCount);
        soft.Model.Refuse = null;
        using NvmeQueue again = controller.CreateQueue(4, cancellation: Stop);
        Assert.Equal(2, again.Id);
        again.Read(ns, 0, new byte[512], Stop);
        other.Read(ns, 0, new byte[512], Stop);
        Assert.Equal(1, controller.ResetCount);
    }

    [Fact]
    public void A_controller_that_answers_at_its_admin_queue_what_was_not_asked_is_reset()
    {
        const int Entries = 32;
        const ulong CompletionQueue = 0x30;
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, useInterrupts: false, cancellation: Stop);
        controller.Identify(Stop);
        Assert.InRange(controller.CommandsCompleted, 1u, Entries - 1u);

        // The answer to a command that there is none of, where the next is to stand.
        byte[] answer = new byte[16];
        (answer[12], answer[14]) = (99, 1);
        soft.Model.IsDead = true;
        Assert.True(soft.Model.Dma.TryWrite(soft.Device.Bars[0].Read32(CompletionQueue) + (controller.CommandsCompleted * 16), answer));
        Assert.Equal(NvmeFailure.Unusable, Assert.Throws<NvmeException>(() => controller.Identify(Stop)).Failure);
        Assert.Equal(1, controller.ResetCount);
        Assert.Equal([1u], controller.ListNamespaces(Stop));
        Assert.Equal(1, controller.ResetCount);
    }

    [Fact]
    public void An_answer_given_twice_is_not_taken_for_that_of_the_next_command()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, block) => block == Marked ? new() { IsAnsweredTwice = true, Delay = TimeSpan.FromMilliseconds(200) } : new() { IsLost = true };
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(512);
        Assert.True(queue.TryRead(ns, Marked, 1, memory, 0, out ushort answered));
        queue.Ring();
        Assert.Equal(new(answered, 0, 0), Assert.Single(TakeAll(queue, new() { [answered] = Marked })));
        Assert.True(queue.TryRead(ns, Marked + 1, 1, memory, 0, out ushort next));
        Assert.Equal(answered, next);
        queue.Ring();
        NvmeException twice = Assert.Throws<NvmeException>(() => TakeAll(queue, new() { [next] = Marked + 1 }));
        Assert.Contains("not under way", twice.Message, StringComparison.Ordinal);
        Assert.Equal(1, queue.UnderWay);
    }

    [Fact]
    public void A_late_command_of_a_device_that_is_disposed_gives_the_controller_up()
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        soft.Device.Dispose();
        controller.Reset(controller.Epoch);
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Identify(Stop)).Failure);
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Reset(Stop)).Failure);
    }

    [Fact]
    public async Task A_late_call_is_aborted()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, block) => block == Marked ? new() { IsLost = true } : default;
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(Depth, Stop);
        NvmeException late = await Assert.ThrowsAsync<NvmeException>(async () => await queue.ReadAsync(ns, Marked, new byte[512], Stop));
        Assert.Equal((NvmeFailure.Command, NvmeStatus.AbortRequested), (late.Failure, late.Status));
        await queue.ReadAsync(ns, Marked + 1, new byte[512], Stop);
        Assert.Equal(0, controller.ResetCount);
    }

    [Fact]
    public async Task A_late_call_is_aborted_while_others_are_answered_without_a_pause()
    {
        const int Calls = 60_000;
        const int Entries = Depth + 1;
        const long Tail = (long)NvmeRegisters.Doorbells + 8;
        const long Head = Tail + 4;
        using SoftController soft = new();
        int submitted = 0;
        int served = 0;
        bool isSlow = true;
        soft.Model.Inject = (_, block) =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref isSlow) && Stopwatch.GetElapsedTime(start).TotalMicroseconds < 50)
            {
            }

            Interlocked.Increment(ref served);
            return block == Marked ? new() { IsLost = true } : default;
        };

        // Who takes answers goes on when the next are there.
        soft.Calls.Storing = (offset, value) =>
        {
            submitted += offset == Tail ? (((int)value - submitted) % Entries + Entries) % Entries : 0;
            SpinWait.SpinUntil(() => offset != Head || Volatile.Read(ref served) >= submitted, s_patience);
            return Errno.None;
        };
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(Depth, Stop);
        Task late = queue.ReadAsync(ns, Marked, new byte[512], Stop).AsTask();
        byte[] block = new byte[512];
        Task others = Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => queue.ReadAsync(ns, Marked + 1, block, Stop).AsTask()));
        NvmeException aborted = await Assert.ThrowsAsync<NvmeException>(() => late.WaitAsync(s_patience, Stop));
        Assert.False(others.IsCompleted);
        Assert.Equal((NvmeFailure.Command, NvmeStatus.AbortRequested), (aborted.Failure, aborted.Status));
        Volatile.Write(ref isSlow, false);
        await others.WaitAsync(s_patience, Stop);
        Assert.Equal(0, controller.ResetCount);
    }

    [Fact]
    public void Every_command_ends_once_when_the_controller_is_pulled_out_with_128_under_way()
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        soft.Model.Inject = (_, block) =>
        {
            if (block == Marked)
            {
                soft.Unplug();
            }

            return default;
        };
        Dictionary<ushort, ulong> commands = Submit(queue, ns, memory);
        NvmeCompletion[] taken = TakeAll(queue, commands);
        Assert.All(taken, static completion => Assert.True(completion.Succeeded || completion.Status is NvmeStatus.Gone or NvmeStatus.DataTransferError));
        Assert.Contains(taken, static completion => completion.Status == NvmeStatus.Gone);

        // From here on each call says so, and none waits.
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => queue.TryRead(ns, 0, 1, memory, 0, out _)).Failure);
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => queue.Read(ns, 0, new byte[512], Stop)).Failure);
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Identify(Stop)).Failure);
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Reset(Stop)).Failure);
    }

    [Fact]
    public async Task Every_call_ends_once_when_the_controller_is_pulled_out_with_128_under_way()
    {
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(Depth, Stop);
        soft.Model.Inject = (_, block) =>
        {
            if (block == Marked)
            {
                soft.Unplug();
            }

            return default;
        };
        int gone = 0;
        await Task.WhenAll(Enumerable.Range(0, 2 * Depth).Select(async i =>
        {
            try
            {
                await queue.ReadAsync(ns, (ulong)i, new byte[512], Stop);
            }
            catch (NvmeException e) when (e.Failure == NvmeFailure.Gone || e.Status == NvmeStatus.DataTransferError)
            {
                Interlocked.Increment(ref gone);
            }
        })).WaitAsync(s_patience, Stop);
        Assert.InRange(gone, 1, 2 * Depth);
        NvmeException later = await Assert.ThrowsAsync<NvmeException>(async () => await queue.ReadAsync(ns, 0, new byte[512], Stop)).WaitAsync(s_patience, Stop);
        Assert.Equal(NvmeFailure.Gone, later.Failure);
    }

    [Fact]
    public void A_controller_that_was_given_up_does_not_get_at_memory_again_by_a_read()
    {
        const int Command = 4;
        const ushort Memory = 2;
        const ushort BusMaster = 4;
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        Region config = soft.Device.Config.Region;
        Assert.Equal(BusMaster, config.Read16(Command) & BusMaster);
        config.Write16(Command, (ushort)(config.Read16(Command) & ~Memory));
        Assert.Throws<NvmeException>(() => controller.Identify(Stop));
        config.Write16(Command, (ushort)(config.Read16(Command) | Memory));
        Assert.Throws<NvmeException>(() => queue.Read(ns, 0, new byte[512], Stop));
        Assert.Equal(0, config.Read16(Command) & BusMaster);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_controller_whose_registers_are_not_to_be_reached_is_gone(bool hasCommands)
    {
        const int Command = 4;
        const ushort Memory = 2;
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(Depth, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(Depth * 512);
        Assert.True(!hasCommands || queue.TryRead(ns, 0, 1, memory, 0, out _));
        ushort before = soft.Device.Config.Region.Read16(Command);
        soft.Device.Config.Region.Write16(Command, (ushort)(before & ~Memory));
        queue.Ring();
        if (hasCommands)
        {
            Assert.Equal(NvmeStatus.Gone, Assert.Single(TakeAll(queue, new() { [0] = 0 })).Status);
            Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => queue.TryRead(ns, 0, 1, memory, 0, out _)).Failure);
        }
        else
        {
            Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Identify(Stop)).Failure);
        }

        // Once it can be reached again, a reset brings it back.
        Assert.Equal(NvmeFailure.Gone, Assert.Throws<NvmeException>(() => controller.Reset(Stop)).Failure);
        soft.Device.Config.Region.Write16(Command, before);
        controller.Reset(Stop);
        queue.Read(ns, 0, new byte[512], Stop);
    }

    [Fact]
    public async Task Resets_race_with_queues_of_other_threads_and_nothing_is_lost_or_mixed_up()
    {
        const int Workers = 3;
        using SoftController soft = new();
        using NvmeController controller = Start(soft);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue shared = controller.CreateAsyncQueue(16, Stop);
        NvmeQueue[] queues = [.. Enumerable.Range(0, Workers).Select(i => controller.CreateQueue(16, useInterrupt: i == 0, Stop))];
        bool end = false;
        int rounds = 0;
        Task[] workers = [.. queues.Select((queue, i) => Task.Run(() => Work(i, queue), Stop)), Task.Run(() => Work(Workers, null), Stop)];
        for (int i = 0; i < 25; i++)
        {
            int before = Volatile.Read(ref rounds);
            controller.Reset(Stop);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref rounds) > before + Workers || workers.Any(static worker => worker.IsFaulted), s_patience));
        }

        Volatile.Write(ref end, true);
        await Task.WhenAll(workers).WaitAsync(s_patience, Stop);
        Assert.Equal(25, controller.ResetCount);

        async Task Work(int worker, NvmeQueue? queue)
        {
            const int Bytes = 256 << 10;
            byte[] data = new byte[Bytes];
            byte[] read = new byte[Bytes];
            Random random = new(worker);
            ulong first = (ulong)worker * (Bytes / 512);
            while (!Volatile.Read(ref end))
            {
                random.NextBytes(data);
                await Again(() => queue is null ? shared.WriteAsync(ns, first, data, Stop) : Do(() => queue.Write(ns, first, data, Stop)));
                await Again(() => queue is null ? shared.ReadAsync(ns, first, read, Stop) : Do(() => queue.Read(ns, first, read, Stop)));
                Assert.True(read.AsSpan().SequenceEqual(data));
                Interlocked.Increment(ref rounds);
            }
        }

        static ValueTask Do(Action action)
        {
            action();
            return ValueTask.CompletedTask;
        }

        static async Task Again(Func<ValueTask> call)
        {
            while (true)
            {
                try
                {
                    await call();
                    return;
                }
                catch (NvmeException e) when (e.Failure == NvmeFailure.AbortedByReset)
                {
                    // As it says: repeat it.
                }
            }
        }
    }

    private static NvmeController Start(SoftController soft)
    {
        NvmeController controller = NvmeController.Start(soft.Device, vectors: 8, cancellation: Stop);
        controller.CommandTimeout = TimeSpan.FromSeconds(1);
        return controller;
    }

    /// <summary>Fills the queue with reads of the first blocks.</summary>
    private static Dictionary<ushort, ulong> Submit(NvmeQueue queue, NvmeNamespace ns, DmaBuffer memory)
    {
        Dictionary<ushort, ulong> commands = [];
        for (ulong block = 0; queue.TryRead(ns, block, 1, memory, block % Depth * 512, out ushort tag); block++)
        {
            commands.Add(tag, block);
        }

        Assert.Equal(Depth, commands.Count);
        queue.Ring();
        return commands;
    }

    /// <summary>What became of them: of each, once.</summary>
    private static NvmeCompletion[] TakeAll(NvmeQueue queue, Dictionary<ushort, ulong> commands)
    {
        NvmeCompletion[] one = new NvmeCompletion[7];
        List<NvmeCompletion> taken = [];
        long start = Stopwatch.GetTimestamp();
        while (queue.UnderWay != 0)
        {
            int count = queue.Poll(one);
            taken.AddRange(one.AsSpan(0, count));
            if (count == 0)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < s_patience, "commands are not answered");
                Thread.Yield();
            }
        }

        Assert.Equal(0, queue.Poll(one));
        Assert.Equal(commands.Keys.Order(), taken.Select(static completion => completion.Tag).Order());
        return [.. taken];
    }
}
