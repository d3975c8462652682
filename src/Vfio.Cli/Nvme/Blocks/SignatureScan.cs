using System.Buffers.Binary;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Looks for what others keep in a namespace: at its start, at its end, and at the few places between where formats put copies.</summary>
internal sealed class SignatureScan
{
    // Both of ZFS's labels at either end, which are the longest.
    private const ulong Edge = 640 << 10;
    private const int SectorSize = 512;
    private const int Table = 446;
    private const int Entries = 4;
    private const int EntrySize = 16;

    private readonly ulong _size;
    private readonly Action<ulong, Span<byte>> _read;
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private readonly List<Signature> _found = [];

    private SignatureScan(ulong size, Action<ulong, Span<byte>> read)
    {
        _size = size;
        _read = read;
        _head = new byte[Math.Min(Edge, size)];
        _tail = new byte[Math.Min(Edge, size)];
        read(0, _head);
        read(size - (ulong)_tail.Length, _tail);
    }

    /// <summary>What was found, by its place; nothing for a namespace that is blank as far as can be told.</summary>
    /// <param name="size">Of the namespace, in bytes.</param>
    /// <param name="read">Reads from there. What it throws goes through: what cannot be looked at is not blank.</param>
    public static IReadOnlyList<Signature> Find(ulong size, Action<ulong, Span<byte>> read)
    {
        SignatureScan scan = new(size, read);
        scan.LookForRules();
        scan.LookForBootSector();
        scan.LookForRaid();
        scan.LookForZfs();
        return [.. scan._found.Distinct().OrderBy(static signature => signature.Offset)];
    }

    private void LookForRules()
    {
        foreach (SignatureRule rule in SignatureRules.Fixed)
        {
            if (Place(rule.Offset) is { } offset && Has(offset, rule.Magic))
            {
                _found.Add(new(rule.What, offset));
            }
        }

        // The copy of a GPT is in the last block, whatever its size was.
        foreach (long last in (long[])[-SectorSize, -4096])
        {
            if (Place(last) is { } offset && Has(offset, "EFI PART"u8))
            {
                _found.Add(new("GPT partition table (copy)", offset));
            }
        }
    }

    // 55 aa ends a boot sector: of a partition table, or of a file system that has its own name.
    private void LookForBootSector()
    {
        const int Mark = 510;
        const byte Protective = 0xee;
        if (!Has(Mark, [0x55, 0xaa]) || _found.Any(static found => found.Offset < SectorSize))
        {
            return;
        }

        bool used = false;
        bool protects = false;
        bool wellFormed = true;
        for (int i = 0; i < Entries; i++)
        {
            ReadOnlySpan<byte> entry = _head.AsSpan(Table + (i * EntrySize), EntrySize);
            wellFormed &= entry[0] is 0 or 0x80;
            used |= entry[4] != 0;
            protects |= entry[4] == Protective;
        }

        _found.Add(new(
            !wellFormed ? "boot sector" : protects ? "protective MBR of a GPT partition table" : used ? "MBR partition table" : "MBR partition table (empty), or a boot sector", Mark));
    }

    // Superblocks that md puts before the end: version 1.0 at most 12 KiB, 0.90 in the last 64 KiB that are aligned.
    private void LookForRaid()
    {
        const uint Magic = 0xa92b4efc;
        const ulong Reserved = 64 << 10;
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, Magic);
        if (_size >= 16 * SectorSize)
        {
            ulong offset = (((_size / SectorSize) - 16) & ~7UL) * SectorSize;
            if (Has(offset, magic))
            {
                _found.Add(new("RAID member (md 1.0)", offset));
            }
        }

        if (_size >= Reserved)
        {
            ulong offset = (_size & ~(Reserved - 1)) - Reserved;
            bool little = Has(offset, magic);
            magic.Reverse();
            if (little || Has(offset, magic))
            {
                _found.Add(new("RAID member (md 0.90)", offset));
            }
        }
    }

    // A label is 256 KiB, two at either end; its second half is a ring of uberblocks, of 1 KiB or more each, in either byte order.
    private void LookForZfs()
    {
        const ulong Label = 256 << 10;
        const ulong Magic = 0x00bab10c;
        if (_size < 4 * Label)
        {
            return;
        }

        ulong end = _size & ~(Label - 1);
        foreach (ulong label in (ulong[])[0, Label, end - (2 * Label), end - Label])
        {
            for (ulong offset = label + (Label / 2); offset < label + Label; offset += 1024)
            {
                ulong value = BinaryPrimitives.ReadUInt64LittleEndian(At(offset, sizeof(ulong)));
                if (value == Magic || BinaryPrimitives.ReverseEndianness(value) == Magic)
                {
                    _found.Add(new("ZFS member", label));
                    break;
                }
            }
        }
    }

    /// <summary>An offset from the start; null where the namespace is too small to have it.</summary>
    private ulong? Place(long offset)
        => offset >= 0 ? (ulong)offset : (ulong)-offset <= _size ? _size - (ulong)-offset : null;

    private bool Has(ulong offset, ReadOnlySpan<byte> magic)
        => offset < _size && (ulong)magic.Length <= _size - offset && At(offset, magic.Length).SequenceEqual(magic);

    private ReadOnlySpan<byte> At(ulong offset, int length)
    {
        if (offset + (ulong)length <= (ulong)_head.Length)
        {
            return _head.AsSpan((int)offset, length);
        }

        ulong tail = _size - (ulong)_tail.Length;
        if (offset >= tail)
        {
            return _tail.AsSpan((int)(offset - tail), length);
        }

        byte[] bytes = new byte[length];
        _read(offset, bytes);
        return bytes;
    }
}
