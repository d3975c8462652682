using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

/// <content>Where the host says how far it has come: registers that it stores to by calls, pages that it has mapped, or its own memory.</content>
public sealed partial class NvmeModel
{
    private static readonly PciSharedRegister[] s_sharedRegisters =
    [
        new(0x00, 4), new(0x04, 4), new(0x08, 4), new(0x24, 4), new(0x28, 4), new(0x2c, 4), new(0x30, 4), new(0x34, 4),
        new(0x0c, 4), new(0x10, 4, ShowsZero: true), new(0x1c, 4), new(0x14, 4),
    ];

    // By QID, the tail of its submission queue and then the head of its completion queue, as they were stored by calls.
    private readonly uint[] _doorbells = new uint[2 * (MostQueues + 1)];

    // The page they stand in while a driver has it mapped, with a reference. Changed under the gate.
    private PciSharedPages? _doorbellPage;

    // Where those of the last queue end.
    private ulong _doorbellBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<PciSharedRegister> SharedRegisters(int bar) => bar == 0 ? s_sharedRegisters : [];

    /// <inheritdoc/>
    public override PciBarArea? WatchedArea(int bar) => bar == 0 ? new PciBarArea(Doorbells, AfterDoorbells - Doorbells) : null;

    /// <inheritdoc/>
    public override void WatchPages(int bar, PciSharedPages? pages)
    {
        if (bar != 0)
        {
            return;
        }

        bool added = false;
        pages?.DangerousAddRef(ref added);
        PciSharedPages? before;
        EnterGate();
        try
        {
            before = _doorbellPage;
            for (int i = 0; i < _doorbells.Length; i++)
            {
                _doorbells[i] = Doorbell(i);
                pages?.Write32((ulong)i * 4, _doorbells[i]);
            }

            _doorbellPage = pages;
        }
        finally
        {
            _gate.Exit();
        }

        before?.DangerousRelease();
        Volatile.Read(ref _rest).Wake();
    }

    // Where commands stand behind it the thread is woken, if it sleeps. Of a page that is mapped it is there already.
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

    private uint Doorbell(int index) => _doorbellPage is { } page ? page.Read32((ulong)index * 4) : Volatile.Read(ref _doorbells[index]);

    private void FindDoorbells()
    {
        int last = Math.Max(
            Array.FindLastIndex(_submissionQueues, static queue => queue is not null), Array.FindLastIndex(_completionQueues, static queue => queue is not null));
        _doorbellBytes = (ulong)(last + 1) * 2 * sizeof(uint);
    }

    private void ClearDoorbell(int index)
    {
        Volatile.Write(ref _doorbells[index], 0);
        _doorbellPage?.Write32((ulong)index * 4, 0);
    }

    private uint TailOf(NvmeSubmissionQueue queue)
        => _shadowDoorbells != 0 && queue.Id != 0 && TryReadShadow(queue.Id * 2, out uint tail) ? tail : Doorbell(queue.Id * 2);

    private uint HeadOf(NvmeCompletionQueue queue)
        => _shadowDoorbells != 0 && queue.Id != 0 && TryReadShadow((queue.Id * 2) + 1, out uint head) ? head : Doorbell((queue.Id * 2) + 1);

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

    // Who stores to doorbells in memory is told where we stand, and looked at once more: the next store then reaches us.
    private int RoomAgain(NvmeCompletionQueue queue)
    {
        if (queue.Id == 0 || _shadowDoorbells == 0)
        {
            return 0;
        }

        SayHowFar((queue.Id * 2) + 1, HeadOf(queue));
        Interlocked.MemoryBarrier();
        return queue.Room(HeadOf(queue));
    }

    // The line stays up until the host has taken what waits: where it stores to doorbells in memory, the next store is to reach us.
    private uint HeadThatIsTold(NvmeCompletionQueue queue)
    {
        uint head = HeadOf(queue);
        if (queue.Id == 0 || _shadowDoorbells == 0)
        {
            return head;
        }

        for (uint stores = 0; stores < queue.Entries; stores++)
        {
            SayHowFar((queue.Id * 2) + 1, head);
            Interlocked.MemoryBarrier();
            uint before = head;
            head = HeadOf(queue);
            if (head == before)
            {
                break;
            }
        }

        return head;
    }
}
