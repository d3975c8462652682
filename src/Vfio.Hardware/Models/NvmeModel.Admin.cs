using System.Buffers.Binary;

namespace Vfio.Hardware.Models;

/// <content>The commands of the admin queue: queues made and deleted, commands aborted, events asked for, doorbells moved to memory.</content>
public sealed partial class NvmeModel
{
    private const int MostEventRequests = 4;

    private readonly Queue<ushort> _eventRequests = new();
    private readonly Queue<uint> _events = new();
    private ulong _shadowDoorbells;
    private ulong _eventIndexes;

    private ushort DoAdmin(in NvmeSubmission command, Span<bool> signalled, out uint result)
    {
        result = 0;
        if (Refuse is { } refuse && refuse(command.Opcode) is not NvmeStatus.Success and ushort refused)
        {
            return refused;
        }

        if (command.IsFused || command.UsesSgl || command.HasBadPointerKind)
        {
            // SGLs are for I/O (Base specification 1.4, 4.2: PSDT of admin commands is 0 over PCIe).
            return NvmeStatus.InvalidField;
        }

        switch (command.Opcode)
        {
            case 0x00:
                return DeleteSubmissionQueue(command, signalled);
            case 0x01:
                return CreateSubmissionQueue(command);
            case 0x02:
                return GetLogPage(command);
            case 0x04:
                return DeleteCompletionQueue(command);
            case 0x05:
                return CreateCompletionQueue(command);
            case 0x06:
                return Identify(command);
            case 0x08:
                return Abort(command, signalled, out result);
            case 0x09:
                return SetFeatures(command, out result);
            case 0x0a:
                return GetFeatures(command, out result);
            case 0x0c:
                return RequestEvent(command);
            case 0x7c:
                return ConfigureDoorbellBuffers(command);
            default:
                return NvmeStatus.InvalidOpcode;
        }
    }

    private ushort CreateCompletionQueue(in NvmeSubmission command)
    {
        const uint Contiguous = 1;
        const uint Interrupts = 2;
        const uint CompletionEntrySize = 4;
        uint id = command.Dword(10) & 0xffff;
        uint entries = (command.Dword(10) >> 16) + 1;
        uint vector = command.Dword(11) >> 16;
        ushort status = CheckNewQueue(command, id, entries, _completionQueues, CompletionEntrySize, (_configuration >> 20) & 0xf);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        if ((command.Dword(11) & Contiguous) == 0)
        {
            return NvmeStatus.InvalidField;
        }

        bool interrupts = (command.Dword(11) & Interrupts) != 0;
        if (vector > MostQueues || (vector != 0 && !MsixEnabled))
        {
            return NvmeStatus.InvalidInterruptVector;
        }

        ClearDoorbell((int)(id * 2) + 1);
        _completionQueues[id] = new NvmeCompletionQueue((int)id, command.Prp1, entries, interrupts ? (int)vector : -1);
        FindDoorbells();
        return NvmeStatus.Success;
    }

    private ushort CreateSubmissionQueue(in NvmeSubmission command)
    {
        const uint Contiguous = 1;
        const uint SubmissionEntrySize = 6;
        uint id = command.Dword(10) & 0xffff;
        uint entries = (command.Dword(10) >> 16) + 1;
        uint completionId = command.Dword(11) >> 16;
        if (completionId is 0 or > MostQueues || _completionQueues[completionId] is not { } completions)
        {
            return NvmeStatus.InvalidCompletionQueue;
        }

        ushort status = CheckNewQueue(command, id, entries, _submissionQueues, SubmissionEntrySize, (_configuration >> 16) & 0xf);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        if ((command.Dword(11) & Contiguous) == 0)
        {
            return NvmeStatus.InvalidField;
        }

        ClearDoorbell((int)id * 2);
        completions.Users++;
        SetSubmissionQueue(id, new NvmeSubmissionQueue((int)id, command.Prp1, entries, completions));
        return NvmeStatus.Success;
    }

    private static ushort CheckNewQueue(in NvmeSubmission command, uint id, uint entries, object?[] queues, uint entrySize, uint configured)
        => id is 0 or > MostQueues || queues[id] is not null ? NvmeStatus.InvalidQueueId
        : entries is < 2 or > MostEntries ? NvmeStatus.InvalidQueueSize
        : (command.Prp1 & (PageSize - 1)) != 0 ? NvmeStatus.PrpOffsetInvalid
        : configured != entrySize ? NvmeStatus.InvalidField
        : NvmeStatus.Success;

    private ushort DeleteSubmissionQueue(in NvmeSubmission command, Span<bool> signalled)
    {
        uint id = command.Dword(10) & 0xffff;
        if (id is 0 or > MostQueues || _submissionQueues[id] is not { } queue)
        {
            return NvmeStatus.InvalidQueueId;
        }

        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Queue == queue)
            {
                ushort command1 = _waiting[i].Id;
                _waiting.RemoveAt(i);
                Complete(queue, command1, NvmeStatus.AbortedByQueueDeletion, 0, signalled);
            }
        }

        queue.Completions.Users--;
        SetSubmissionQueue(id, null);
        return NvmeStatus.Success;
    }

    private ushort DeleteCompletionQueue(in NvmeSubmission command)
    {
        uint id = command.Dword(10) & 0xffff;
        if (id is 0 or > MostQueues || _completionQueues[id] is not { } queue)
        {
            return NvmeStatus.InvalidQueueId;
        }

        if (queue.Users != 0)
        {
            return NvmeStatus.InvalidQueueDeletion;
        }

        _completionQueues[id] = null;
        FindDoorbells();
        return NvmeStatus.Success;
    }

    // What waits can be aborted; everything else has been done already.
    private ushort Abort(in NvmeSubmission command, Span<bool> signalled, out uint result)
    {
        const uint NotAborted = 1;
        int queue = (int)(command.Dword(10) & 0xffff);
        ushort id = (ushort)(command.Dword(10) >> 16);
        int at = _waiting.FindIndex(waiting => waiting.Queue.Id == queue && waiting.Id == id);
        result = NotAborted;
        if (at >= 0)
        {
            NvmeSubmissionQueue from = _waiting[at].Queue;
            if (!from.Completions.IsFull(HeadOf(from.Completions)))
            {
                _waiting.RemoveAt(at);
                Complete(from, id, NvmeStatus.AbortRequested, 0, signalled);
                result = 0;
            }
        }

        return NvmeStatus.Success;
    }

    private ushort RequestEvent(in NvmeSubmission command)
    {
        if (_eventRequests.Count == MostEventRequests)
        {
            return NvmeStatus.TooManyEventRequests;
        }

        _eventRequests.Enqueue(command.Id);
        return NvmeStatus.Pending;
    }

    // It is told of behind the answer of the command that made it happen, if one did.
    private void RaiseEvent(uint happened)
    {
        if (!_events.Contains(happened))
        {
            _events.Enqueue(happened);
        }
    }

    private bool SendEvents(Span<bool> signalled)
    {
        NvmeSubmissionQueue admin = _submissionQueues[0]!;
        bool didAny = false;
        while (_events.Count > 0 && _eventRequests.Count > 0 && !admin.Completions.IsFull(HeadOf(admin.Completions)))
        {
            didAny = true;
            if (!Complete(admin, _eventRequests.Dequeue(), NvmeStatus.Success, _events.Dequeue(), signalled))
            {
                break;
            }
        }

        Send();
        return didAny;
    }

    private ushort ConfigureDoorbellBuffers(in NvmeSubmission command)
    {
        if (((command.Prp1 | command.Prp2) & (PageSize - 1)) != 0)
        {
            return NvmeStatus.InvalidField;
        }

        // From here on they are looked at instead: they say what the registers said.
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < _doorbells.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Doorbell(i));
            if (!Dma.TryWrite(command.Prp1 + ((ulong)i * 4), bytes) || !Dma.TryWrite(command.Prp2 + ((ulong)i * 4), bytes))
            {
                return NvmeStatus.DataTransferError;
            }
        }

        _shadowDoorbells = command.Prp1;
        _eventIndexes = command.Prp2;
        return NvmeStatus.Success;
    }
}
