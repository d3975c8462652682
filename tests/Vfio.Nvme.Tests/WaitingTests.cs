using Vfio.Uapi;

namespace Vfio.Nvme.Tests;

/// <summary>Who makes a call, or watches events, does not wait for what other threads have the controller do.</summary>
public sealed class WaitingTests
{
    // The kernel has BAR 0 at the beginning of a device's file.
    private const long Configuration = (long)NvmeRegisters.Configuration;
    private const long Status = (long)NvmeRegisters.Status;
    private const long AdminTail = (long)NvmeRegisters.Doorbells;
    private const long FirstTail = AdminTail + 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_is_made_during_a_reset_returns_at_once_and_is_done_after_it()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(4, Stop);
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goesOn = new();

        // As the kernel has it during a reset of the function: whoever stores to a register or to config space waits for its end.
        soft.Calls.Storing = (offset, _) =>
        {
            if (offset == Configuration)
            {
                begun.Set();
            }

            if (begun.IsSet)
            {
                goesOn.Wait(Stop);
            }

            return Errno.None;
        };
        Task reset = Task.Run(() => controller.Reset(Stop), Stop);
        begun.Wait(Stop);

        // The first makes the bounce memory.
        Task<Task[]> calls = Task.Run(() => Enumerable.Range(0, 8).Select(i => queue.ReadAsync(ns, (ulong)i, new byte[512], Stop).AsTask()).ToArray(), Stop);
        Task made = await Task.WhenAny(calls, Task.Delay(s_patience, Stop));
        goesOn.Set();
        Assert.Same(calls, made);
        await Task.WhenAll([.. await calls, reset]).WaitAsync(s_patience, Stop);
        Assert.Equal(1, controller.ResetCount);
    }

    [Fact]
    public async Task A_call_that_finds_registers_not_to_be_reached_returns_at_once_while_another_thread_has_the_controller()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(4, Stop);
        await queue.ReadAsync(ns, 0, new byte[512], Stop);
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goesOn = new();
        soft.Calls.Loading = static offset => offset == Status ? Errno.EIO : Errno.None;
        soft.Calls.Storing = (offset, _) =>
        {
            if (offset == AdminTail)
            {
                begun.Set();
                goesOn.Wait(Stop);
            }

            return offset == FirstTail ? Errno.EIO : Errno.None;
        };
        Task command = Task.Run(() => controller.GetFeature(0x06, Stop), Stop);
        begun.Wait(Stop);
        Task<Task[]> call = Task.Run(() => new[] { queue.ReadAsync(ns, 0, new byte[512], Stop).AsTask() }, Stop);
        Task made = await Task.WhenAny(call, Task.Delay(s_patience, Stop));
        goesOn.Set();
        Assert.Same(call, made);
        NvmeException gone = await Assert.ThrowsAsync<NvmeException>(async () => await (await call)[0].WaitAsync(s_patience, Stop));
        Assert.Equal(NvmeFailure.Gone, gone.Failure);

        // It may have been answered before.
        await Task.WhenAny(command).WaitAsync(s_patience, Stop);
    }

    [Fact]
    public async Task Who_watches_events_does_not_wait_for_commands_of_other_threads()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        using NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goesOn = new();
        soft.Model.Refuse = opcode =>
        {
            if (opcode == NvmeOpcode.GetFeatures)
            {
                begun.Set();
                goesOn.Wait(Stop);
            }

            return 0;
        };
        Task command = Task.Run(() => controller.GetFeature(0x06, Stop), Stop);
        begun.Wait(Stop);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using IAsyncEnumerator<NvmeEvent> cancelled = controller.WatchEventsAsync(cancel.Token).GetAsyncEnumerator(Stop);
        await using IAsyncEnumerator<NvmeEvent> events = controller.WatchEventsAsync(Stop).GetAsyncEnumerator(Stop);
        Task<Task<bool>[]> calls = Task.Run(() => new[] { cancelled.MoveNextAsync().AsTask(), events.MoveNextAsync().AsTask() }, Stop);
        Task made = await Task.WhenAny(calls, Task.Delay(s_patience, Stop));
        await cancel.CancelAsync();
        if (made == calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await calls)[0].WaitAsync(s_patience, Stop));
        }

        // A tail that is none: told of once the command has ended.
        soft.Device.Bars[0].Write32(NvmeRegisters.Doorbells + 8, 0x7777);
        goesOn.Set();
        Assert.Same(calls, made);
        await command.WaitAsync(s_patience, Stop);
        Assert.True(await (await calls)[1].WaitAsync(s_patience, Stop));
        Assert.Equal(NvmeEventKind.Error, events.Current.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_to_do_with_a_controller_that_always_has_one_more_event_gets_away(bool hasCommand)
    {
        const int Entries = 32;
        const ulong SubmissionQueue = 0x28;
        const ulong CompletionQueue = 0x30;
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, useInterrupts: false, cancellation: Stop);
        controller.Identify(Stop);
        ulong requests = soft.Device.Bars[0].Read32(SubmissionQueue);
        ulong answers = soft.Device.Bars[0].Read32(CompletionQueue);
        uint answered = (uint)controller.CommandsCompleted;
        bool isOver = false;

        // The model is no more: each request for an event is answered as it is made, nothing else is.
        soft.Model.IsDead = true;
        soft.Calls.Storing = (offset, value) =>
        {
            if (offset == Configuration)
            {
                soft.Model.IsDead = false;
                soft.Calls.Storing = null;
            }
            else if (offset == AdminTail && !Volatile.Read(ref isOver))
            {
                AnswerRequest(value);
            }

            return Errno.None;
        };
        await using IAsyncEnumerator<NvmeEvent> events = controller.WatchEventsAsync(Stop).GetAsyncEnumerator(Stop);
        Task<Task<bool>[]> watch = Task.Run(() => new[] { events.MoveNextAsync().AsTask() }, Stop);
        try
        {
            await watch.WaitAsync(s_patience, Stop);
            if (hasCommand)
            {
                controller.CommandTimeout = TimeSpan.FromMilliseconds(200);
                Task<uint> command = Task.Run(() => controller.GetFeature(0x06, Stop), Stop);
                NvmeException late = await Assert.ThrowsAsync<NvmeException>(() => command.WaitAsync(s_patience, Stop));
                Assert.Equal((NvmeFailure.Timeout, 1), (late.Failure, controller.ResetCount));
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
        }

        Assert.True(await (await watch)[0].WaitAsync(s_patience, Stop));
        Assert.Equal(NvmeEventKind.Health, events.Current.Kind);

        void AnswerRequest(uint tail)
        {
            byte[] entry = new byte[NvmeCommand.Size];
            Assert.True(soft.Model.Dma.TryRead(requests + ((tail + Entries - 1) % Entries * NvmeCommand.Size), entry));
            if (entry[0] == NvmeOpcode.AsynchronousEventRequest)
            {
                byte phase = (byte)((answered / Entries & 1) ^ 1);
                byte[] answer = [(byte)NvmeEventKind.Health, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, entry[2], entry[3], phase, 0];
                Assert.True(soft.Model.Dma.TryWrite(answers + (answered++ % Entries * 16), answer));
            }
        }
    }
}
