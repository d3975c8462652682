using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

/// <summary>
/// The host's memory of one command, piece by piece, as its PRPs or its SGL name it (Base specification 1.4, 4.3 and 4.4). Lists are read from the host's memory as the
/// walk comes to them, a piece at a time; none is believed to end, so that a walk is as long as the command's data at most.
/// </summary>
internal ref struct NvmeDataPointer
{
    private const ulong PageSize = 4096;
    private const int Held = 32;

    // An SGL may go on without data (bit buckets, empty blocks, segments of segments): so many of them and no more.
    private const int MostDescriptors = 4096;

    private readonly DmaPort _dma;
    private readonly Span<byte> _list;
    private readonly bool _isSgl;
    private readonly bool _isSource;
    private readonly ulong _prp1;
    private readonly ulong _prp2;
    private NvmeSgl _next;
    private ulong _listAt;
    private ulong _listLeft;
    private int _at;
    private int _filled;
    private int _descriptors;
    private bool _isFirst;
    private bool _hasList;
    private bool _isLastSegment;
    private bool _hasDescriptor;

    /// <param name="dma">The way to the lists.</param>
    /// <param name="command">The command.</param>
    /// <param name="length">Bytes of data.</param>
    /// <param name="list">Room for a part of a list: <see cref="ListSize"/> bytes.</param>
    /// <param name="isSource">The host's memory is read: what buckets take is of no length then (4.4.1).</param>
    public NvmeDataPointer(DmaPort dma, in NvmeSubmission command, ulong length, Span<byte> list, bool isSource)
    {
        _dma = dma;
        _isSource = isSource;
        _list = list;
        Left = length;
        _isFirst = true;
        if (command.UsesSgl)
        {
            _isSgl = true;
            _hasDescriptor = true;
            _next = NvmeSgl.Parse(command.FirstDescriptor);
        }
        else
        {
            (_prp1, _prp2) = (command.Prp1, command.Prp2);
        }
    }

    /// <summary>Bytes of the list that is held.</summary>
    public static int ListSize => Held * NvmeSgl.DescriptorSize;

    /// <summary>Bytes not named yet.</summary>
    public ulong Left { get; private set; }

    /// <summary>The next piece; <see cref="NvmeStatus.Success"/> with a length of 0 when there is no more. With <paramref name="isBucket"/> the bytes are to be passed over.</summary>
    public ushort Next(out ulong address, out int length, out bool isBucket)
    {
        isBucket = false;
        (address, length) = (0, 0);
        return Left == 0 ? NvmeStatus.Success : _isSgl ? NextOfSgl(out address, out length, out isBucket) : NextOfPrps(out address, out length);
    }

    private ushort NextOfPrps(out ulong address, out int length)
    {
        length = 0;
        if (_isFirst)
        {
            _isFirst = false;
            address = _prp1;
            if ((address & 3) != 0)
            {
                return NvmeStatus.PrpOffsetInvalid;
            }

            length = Take(PageSize - (address & (PageSize - 1)));

            // What is left is one page, or a list of pages.
            if (Left > PageSize)
            {
                if ((_prp2 & 7) != 0)
                {
                    return NvmeStatus.PrpOffsetInvalid;
                }

                _listAt = _prp2;
                _hasList = true;
            }

            return NvmeStatus.Success;
        }

        ushort status = NvmeStatus.Success;
        if (!_hasList)
        {
            address = _prp2;
        }
        else
        {
            status = NextEntry(out address);
        }

        if (status == NvmeStatus.Success && (address & (PageSize - 1)) != 0)
        {
            status = NvmeStatus.PrpOffsetInvalid;
        }

        length = status == NvmeStatus.Success ? Take(PageSize) : 0;
        return status;
    }

    // The last entry of a list's page leads to the next page, where more than one page of data is left.
    private ushort NextEntry(out ulong entry)
    {
        while (true)
        {
            if (_at == _filled)
            {
                ulong inPage = PageSize - (_listAt & (PageSize - 1));
                ulong wanted = (((Left + PageSize - 1) / PageSize) + 1) * sizeof(ulong);
                _filled = (int)Math.Min(Math.Min(inPage, wanted), (ulong)_list.Length);
                _at = 0;
                if (!_dma.TryRead(_listAt, _list[.._filled]))
                {
                    entry = 0;
                    return NvmeStatus.DataTransferError;
                }
            }

            entry = BinaryPrimitives.ReadUInt64LittleEndian(_list[_at..]);
            _at += sizeof(ulong);
            _listAt += sizeof(ulong);
            if ((_listAt & (PageSize - 1)) != 0 || Left <= PageSize)
            {
                return NvmeStatus.Success;
            }

            // A list but the first begins a page: so each names data before the next, and one that leads to itself comes to an end.
            if ((entry & (PageSize - 1)) != 0)
            {
                return NvmeStatus.PrpOffsetInvalid;
            }

            _listAt = entry;
            _at = _filled = 0;
        }
    }

    private ushort NextOfSgl(out ulong address, out int length, out bool isBucket)
    {
        isBucket = false;
        (address, length) = (0, 0);
        while (true)
        {
            if (++_descriptors > MostDescriptors)
            {
                return NvmeStatus.InvalidSglCount;
            }

            if (!_hasDescriptor)
            {
                ushort status = NextDescriptor();
                if (status != NvmeStatus.Success)
                {
                    return status;
                }
            }

            _hasDescriptor = false;
            switch (_next.Identifier)
            {
                case NvmeSgl.DataBlock or NvmeSgl.BitBucket:
                    isBucket = _next.Identifier == NvmeSgl.BitBucket;
                    if (_next.Length == 0 || (isBucket && _isSource))
                    {
                        break;
                    }

                    address = _next.Address;
                    length = Take(_next.Length);
                    return NvmeStatus.Success;
                case NvmeSgl.Segment or NvmeSgl.LastSegment:
                    // It is the last of its own segment, and there is none after the last.
                    if (_listLeft != 0 || _isLastSegment || _next.Length == 0 || _next.Length % NvmeSgl.DescriptorSize != 0)
                    {
                        return NvmeStatus.InvalidSglSegment;
                    }

                    _isLastSegment = _next.Identifier == NvmeSgl.LastSegment;
                    _listAt = _next.Address;
                    _listLeft = _next.Length;
                    _at = _filled = 0;
                    break;
                default:
                    return NvmeStatus.SglTypeInvalid;
            }
        }
    }

    private ushort NextDescriptor()
    {
        if (_listLeft == 0)
        {
            return NvmeStatus.SglDataLengthInvalid;
        }

        if (_at == _filled)
        {
            _filled = (int)Math.Min(_listLeft, (ulong)_list.Length);
            _at = 0;
            if (!_dma.TryRead(_listAt, _list[.._filled]))
            {
                return NvmeStatus.DataTransferError;
            }

            _listAt += (ulong)_filled;
        }

        _next = NvmeSgl.Parse(_list[_at..]);
        _at += NvmeSgl.DescriptorSize;
        _listLeft -= NvmeSgl.DescriptorSize;
        return NvmeStatus.Success;
    }

    private int Take(ulong most)
    {
        int taken = (int)Math.Min(Left, most);
        Left -= (ulong)taken;
        return taken;
    }
}
