using System.Buffers.Binary;

namespace Vfio.Hardware.Models;

/// <content>The commands of the NVM command set.</content>
public sealed partial class NvmeModel
{
    private const uint TheNamespace = 1;
    private const uint AllNamespaces = uint.MaxValue;

    private readonly ulong _blocks;
    private ulong _bytesRead;
    private ulong _bytesWritten;
    private ulong _readCommands;
    private ulong _writeCommands;

    private ushort DoBlocks(in NvmeSubmission command)
    {
        const byte Flush = 0x00;
        const byte Write = 0x01;
        const byte Read = 0x02;
        const byte WriteZeroes = 0x08;
        const byte DatasetManagement = 0x09;
        if (command.IsFused || command.HasBadPointerKind)
        {
            return NvmeStatus.InvalidField;
        }

        if (command.Namespace != TheNamespace && !(command.Opcode == Flush && command.Namespace == AllNamespaces))
        {
            return command.Opcode is Flush or Write or Read or WriteZeroes or DatasetManagement ? NvmeStatus.InvalidNamespace : NvmeStatus.InvalidOpcode;
        }

        switch (command.Opcode)
        {
            case Flush:
                return _store.TryFlush() ? NvmeStatus.Success : NvmeStatus.WriteFault;
            case Read:
            case Write:
                return Transfer(command, command.Opcode == Write);
            case WriteZeroes:
                if (!IsInside(command.FirstBlock, command.Blocks))
                {
                    return NvmeStatus.LbaOutOfRange;
                }

                return _store.TryClear(command.FirstBlock << _blockShift, (ulong)command.Blocks << _blockShift) ? NvmeStatus.Success : NvmeStatus.WriteFault;
            case DatasetManagement:
                return ManageDataset(command);
            default:
                return NvmeStatus.InvalidOpcode;
        }
    }

    private ushort Transfer(in NvmeSubmission command, bool writes)
    {
        const uint ForceUnitAccess = 1u << 30;
        ulong length = (ulong)command.Blocks << _blockShift;
        if (length > MostTransfer)
        {
            return NvmeStatus.InvalidField;
        }

        if (!IsInside(command.FirstBlock, command.Blocks))
        {
            return NvmeStatus.LbaOutOfRange;
        }

        ulong offset = command.FirstBlock << _blockShift;
        var pointer = new NvmeDataPointer(Dma, command, length, _list, isSource: writes);
        while (true)
        {
            ushort status = pointer.Next(out ulong address, out int piece, out bool isBucket);
            if (status != NvmeStatus.Success)
            {
                return status;
            }

            if (piece == 0)
            {
                break;
            }

            status = isBucket ? NvmeStatus.Success : writes ? FromHost(address, piece, offset) : ToHost(offset, address, piece);
            if (status != NvmeStatus.Success)
            {
                return status;
            }

            offset += (ulong)piece;
        }

        _unsent += length;
        if (writes)
        {
            _writeCommands++;
            _bytesWritten += length;
            return (command.Dword(12) & ForceUnitAccess) == 0 || _store.TryFlush() ? NvmeStatus.Success : NvmeStatus.WriteFault;
        }

        _readCommands++;
        _bytesRead += length;
        return NvmeStatus.Success;
    }

    private ushort ToHost(ulong offset, ulong address, int length)
    {
        while (length > 0)
        {
            ReadOnlySpan<byte> part = _store.MemoryAt(offset, length);
            if (part.IsEmpty)
            {
                Span<byte> read = _bounce.AsSpan(0, Math.Min(length, _bounce.Length));
                if (!_store.TryRead(offset, read))
                {
                    return NvmeStatus.UnrecoveredReadError;
                }

                part = read;
                _unsent = MostUnsent;
            }

            if (!Dma.TryWrite(address, part))
            {
                return NvmeStatus.DataTransferError;
            }

            offset += (ulong)part.Length;
            address += (ulong)part.Length;
            length -= part.Length;
        }

        return NvmeStatus.Success;
    }

    private ushort FromHost(ulong address, int length, ulong offset)
    {
        while (length > 0)
        {
            Span<byte> part = _store.WritableMemoryAt(offset, length);
            bool isStores = !part.IsEmpty;
            part = isStores ? part : _bounce.AsSpan(0, Math.Min(length, _bounce.Length));
            if (!Dma.TryRead(address, part))
            {
                return NvmeStatus.DataTransferError;
            }

            if (!isStores)
            {
                _unsent = MostUnsent;
                if (!_store.TryWrite(offset, part))
                {
                    return NvmeStatus.WriteFault;
                }
            }

            offset += (ulong)part.Length;
            address += (ulong)part.Length;
            length -= part.Length;
        }

        return NvmeStatus.Success;
    }

    private ushort ManageDataset(in NvmeSubmission command)
    {
        const int RangeSize = 16;
        const uint Deallocate = 4;
        int ranges = (int)(command.Dword(10) & 0xff) + 1;
        Span<byte> bytes = stackalloc byte[256 * RangeSize];
        bytes = bytes[..(ranges * RangeSize)];
        ushort status = CopyFromHost(command, bytes);

        // All of them are looked at before one is acted on.
        for (int pass = 0; pass < 2 && status == NvmeStatus.Success; pass++)
        {
            for (int at = 0; at < bytes.Length && status == NvmeStatus.Success; at += RangeSize)
            {
                uint blocks = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
                ulong first = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + 8)..]);
                if (!IsInside(first, blocks))
                {
                    status = NvmeStatus.LbaOutOfRange;
                }
                else if (pass == 1 && (command.Dword(11) & Deallocate) != 0 && !_store.TryClear(first << _blockShift, (ulong)blocks << _blockShift))
                {
                    status = NvmeStatus.WriteFault;
                }
            }
        }

        return status;
    }

    private bool IsInside(ulong first, ulong blocks) => first <= _blocks && blocks <= _blocks - first;

    /// <summary>The answer of a command into the host's memory, no more of it than the command has room for.</summary>
    private ushort CopyToHost(in NvmeSubmission command, ReadOnlySpan<byte> bytes)
    {
        var pointer = new NvmeDataPointer(Dma, command, (ulong)bytes.Length, _list, isSource: false);
        while (true)
        {
            ushort status = pointer.Next(out ulong address, out int piece, out bool isBucket);
            if (status != NvmeStatus.Success || piece == 0)
            {
                return status;
            }

            if (!isBucket && !Dma.TryWrite(address, bytes[..piece]))
            {
                return NvmeStatus.DataTransferError;
            }

            bytes = bytes[piece..];
        }
    }

    private ushort CopyFromHost(in NvmeSubmission command, Span<byte> bytes)
    {
        var pointer = new NvmeDataPointer(Dma, command, (ulong)bytes.Length, _list, isSource: true);
        while (true)
        {
            ushort status = pointer.Next(out ulong address, out int piece, out _);
            if (status != NvmeStatus.Success || piece == 0)
            {
                return status;
            }

            if (!Dma.TryRead(address, bytes[..piece]))
            {
                return NvmeStatus.DataTransferError;
            }

            bytes = bytes[piece..];
        }
    }
}
