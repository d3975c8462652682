using System.Buffers.Binary;

namespace Vfio.Hardware.Pci;

/// <summary>
/// A function's configuration space as the bus sees it: 256 bytes, or 4096 where the function is PCI Express. Each bit is read-only,
/// writable, or cleared by writing one to it; the function itself sets what it likes. Accesses are serialised by a lock of its own.
/// </summary>
public sealed class ConfigSpace
{
    /// <summary>PCI_CFG_SPACE_SIZE.</summary>
    public const int ConventionalSize = 256;

    /// <summary>PCI_CFG_SPACE_EXP_SIZE.</summary>
    public const int ExpressSize = 4096;

    // A chain longer than this cannot be one: at most 48 capabilities fit in 256 bytes, 960 in the extended space.
    private const int MostCapabilities = (ExpressSize - ConventionalSize) / 4;

    // Enough for the headers and first registers of those that QEMU's functions have.
    private const int ExtendedCapabilitySpan = 0x40;

    private readonly Lock _lock = new();
    private readonly byte[] _value;
    private readonly byte[] _writable;
    private readonly byte[] _clearedByOne;
    private long _version;

    /// <summary>An empty space of <paramref name="size"/> bytes, 256 or 4096.</summary>
    public ConfigSpace(int size)
    {
        if (size is not (ConventionalSize or ExpressSize))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "Configuration space has 256 or 4096 bytes.");
        }

        _value = new byte[size];
        _writable = new byte[size];
        _clearedByOne = new byte[size];
    }

    /// <summary>
    /// The space of a function that was recorded: its bytes, with the write masks a function of that shape has (type 0 header, BARs by their
    /// size, PM, MSI, MSI-X, PCI Express). A chain that loops or leaves the space ends where it does.
    /// </summary>
    /// <param name="image">256 or 4096 bytes.</param>
    /// <param name="bars">BAR 0-5 and the ROM, as many as there are.</param>
    public static ConfigSpace FromImage(ReadOnlySpan<byte> image, ReadOnlySpan<PciBar> bars)
    {
        var space = new ConfigSpace(image.Length);
        image.CopyTo(space._value);
        space.DeriveMasks(bars);
        return space;
    }

    /// <summary>256 or 4096.</summary>
    public int Size => _value.Length;

    /// <summary>Another number after every change.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>A read over the bus; past the end every bit is one, as from no device.</summary>
    public void Read(int offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int there = Math.Clamp(_value.Length - offset, 0, destination.Length);
        lock (_lock)
        {
            _value.AsSpan(Math.Min(offset, _value.Length), there).CopyTo(destination);
        }

        destination[there..].Fill(0xff);
    }

    /// <summary>A write over the bus: writable bits take it, write-one-to-clear bits are cleared, the rest stays. Past the end it is lost.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_lock)
        {
            for (int i = 0; i < source.Length && offset + i < _value.Length; i++)
            {
                int at = offset + i;
                int kept = _value[at] & ~_writable[at] & ~(source[i] & _clearedByOne[at]);
                _value[at] = (byte)(kept | (source[i] & _writable[at]));
            }

            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>One byte, as it stands.</summary>
    public byte Get8(int offset) => _value[offset];

    /// <summary>Two bytes, little-endian.</summary>
    public ushort Get16(int offset)
    {
        lock (_lock)
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(_value.AsSpan(offset));
        }
    }

    /// <summary>Four bytes, little-endian.</summary>
    public uint Get32(int offset)
    {
        lock (_lock)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(_value.AsSpan(offset));
        }
    }

    /// <summary>The function sets a byte, whatever the masks say.</summary>
    public void Set8(int offset, byte value)
    {
        _value[offset] = value;
        Interlocked.Increment(ref _version);
    }

    /// <summary>The function sets two bytes.</summary>
    public void Set16(int offset, ushort value)
    {
        lock (_lock)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_value.AsSpan(offset), value);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>The function sets four bytes.</summary>
    public void Set32(int offset, uint value)
    {
        lock (_lock)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_value.AsSpan(offset), value);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Sets and clears bits of a 16-bit register in one step.</summary>
    public void Change16(int offset, ushort clear, ushort set)
    {
        lock (_lock)
        {
            Span<byte> at = _value.AsSpan(offset);
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)((BinaryPrimitives.ReadUInt16LittleEndian(at) & ~clear) | set));
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Offset of the first capability with this id; 0 where there is none.</summary>
    public int FindCapability(byte id)
    {
        // Asked for each interrupt: an enumerator would be an allocation for each.
        int at = FirstCapability;
        for (int left = MostCapabilities; at >= PciRegisters.HeaderSize && left > 0; left--)
        {
            if (Get8(at) == id)
            {
                return at;
            }

            at = Get8(at + 1) & ~3;
        }

        return 0;
    }

    /// <summary>Offset of the first extended capability with this id; 0 where there is none.</summary>
    public int FindExtendedCapability(ushort id)
    {
        foreach ((ushort found, int offset) in ExtendedCapabilities())
        {
            if (found == id)
            {
                return offset;
            }
        }

        return 0;
    }

    private int FirstCapability => (Get16(PciRegisters.Status) & PciRegisters.StatusCapabilityList) == 0 ? 0 : Get8(PciRegisters.CapabilityList) & ~3;

    /// <summary>The chain of capabilities in its order.</summary>
    public IEnumerable<(byte Id, int Offset)> Capabilities()
    {
        int at = FirstCapability;
        for (int left = MostCapabilities; at >= PciRegisters.HeaderSize && left > 0; left--)
        {
            yield return (Get8(at), at);
            at = Get8(at + 1) & ~3;
        }
    }

    /// <summary>The chain of extended capabilities in its order; none in a space of 256 bytes.</summary>
    public IEnumerable<(ushort Id, int Offset)> ExtendedCapabilities()
    {
        int at = Size > ConventionalSize ? ConventionalSize : 0;
        for (int left = MostCapabilities; at >= ConventionalSize && at <= Size - 4 && left > 0; left--)
        {
            uint header = Get32(at);
            if (header is 0 or uint.MaxValue)
            {
                yield break;
            }

            yield return ((ushort)header, at);
            at = (int)(header >> 20) & ~3;
        }
    }

    /// <summary>
    /// Adds a capability at <paramref name="offset"/> in front of the chain, as a function's designer does.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="offset">Where, a multiple of four from 0x40.</param>
    /// <param name="body">What follows the id and the next pointer.</param>
    /// <param name="writable">Bits of the body that the bus may write; may be shorter than it.</param>
    public void AddCapability(byte id, int offset, ReadOnlySpan<byte> body, ReadOnlySpan<byte> writable)
    {
        if (offset < PciRegisters.HeaderSize || (offset & 3) != 0 || offset + 2 + body.Length > ConventionalSize)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "A capability stands on a multiple of four within 0x40-0xff.");
        }

        _value[offset] = id;
        _value[offset + 1] = _value[PciRegisters.CapabilityList];
        body.CopyTo(_value.AsSpan(offset + 2));
        writable.CopyTo(_writable.AsSpan(offset + 2));
        _value[PciRegisters.CapabilityList] = (byte)offset;
        Change16(PciRegisters.Status, 0, PciRegisters.StatusCapabilityList);
    }

    /// <summary>Marks bits the bus may write.</summary>
    public void MakeWritable(int offset, ReadOnlySpan<byte> bits)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            _writable[offset + i] |= bits[i];
        }
    }

    /// <summary>Marks bits that writing one clears.</summary>
    public void MakeClearedByOne(int offset, ReadOnlySpan<byte> bits)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            _clearedByOne[offset + i] |= bits[i];
        }
    }

    /// <summary>The masks of the standard header and of <paramref name="bars"/>; and the BARs' type bits.</summary>
    public void MakeHeader(ReadOnlySpan<PciBar> bars)
    {
        Writable16(PciRegisters.Command,
            PciRegisters.CommandIo | PciRegisters.CommandMemory | PciRegisters.CommandMaster | PciRegisters.CommandSerr | PciRegisters.CommandIntxDisable);
        // Data parity, signalled and received aborts, system error, detected parity.
        MakeClearedByOne(PciRegisters.Status + 1, [0xf9]);
        MakeWritable(PciRegisters.CacheLineSize, [0xff]);
        MakeWritable(PciRegisters.InterruptLine, [0xff]);
        for (int i = 0; i < bars.Length; i++)
        {
            MakeBar(i, bars[i]);
        }
    }

    private void MakeBar(int index, PciBar bar)
    {
        int at = index == PciModel.RomBar ? PciRegisters.RomAddress : PciRegisters.BaseAddress0 + (index * 4);
        if (bar.Kind == PciBarKind.None || bar.Size == 0)
        {
            return;
        }

        ulong address = ~(bar.Size - 1);
        uint type = (bar.Kind switch { PciBarKind.Io => 1u, PciBarKind.Memory64 => 4u, _ => 0u }) | (bar.Prefetchable ? 8u : 0u);
        uint fixedBits = bar.Kind == PciBarKind.Io ? 3u : 0xfu;
        if (index == PciModel.RomBar)
        {
            type = 0;
            // Bit 0 is the ROM's enable.
            Writable32(at, ((uint)address & ~0x7ffu) | 1);
            return;
        }

        Writable32(at, (uint)address & ~fixedBits);
        Set32(at, (Get32(at) & ~fixedBits) | type);
        if (bar.Kind == PciBarKind.Memory64)
        {
            Writable32(at + 4, (uint)(address >> 32));
        }
    }

    private void DeriveMasks(ReadOnlySpan<PciBar> bars)
    {
        MakeHeader(bars);
        // QEMU leaves what belongs to no capability writable.
        _writable.AsSpan(PciRegisters.HeaderSize).Fill(0xff);
        foreach ((ushort _, int at) in ExtendedCapabilities())
        {
            _writable.AsSpan(at, Math.Min(ExtendedCapabilitySpan, Size - at)).Clear();
        }

        foreach ((byte id, int at) in Capabilities())
        {
            _writable.AsSpan(at, Math.Min(SpanOf(id, at), ConventionalSize - at)).Clear();
        }

        foreach ((byte id, int at) in Capabilities())
        {
            switch (id)
            {
                case PciRegisters.CapabilityPowerManagement when at + 8 <= ConventionalSize:
                    Writable16(at + PciRegisters.PowerControl, PciRegisters.PowerControlStateMask);
                    break;
                case PciRegisters.CapabilityMsi:
                    DeriveMsi(at);
                    break;
                case PciRegisters.CapabilityMsix when at + 12 <= ConventionalSize:
                    Writable16(at + PciRegisters.MsixFlags, PciRegisters.MsixFlagsEnable | PciRegisters.MsixFlagsMaskAll);
                    break;
                case PciRegisters.CapabilityExpress when at + 12 <= ConventionalSize:
                    DeriveExpress(at);
                    break;
            }
        }
    }

    // Bytes a capability covers.
    private int SpanOf(byte id, int at)
    {
        switch (id)
        {
            case PciRegisters.CapabilityMsi:
                int flags = at + 4 <= ConventionalSize ? Get16(at + PciRegisters.MsiFlags) : 0;
                // As QEMU's msi_cap_sizeof.
                return (flags & (PciRegisters.MsiFlags64Bit | PciRegisters.MsiFlagsMaskBit)) switch
                {
                    PciRegisters.MsiFlags64Bit | PciRegisters.MsiFlagsMaskBit => 24,
                    PciRegisters.MsiFlags64Bit => 14,
                    PciRegisters.MsiFlagsMaskBit => 20,
                    _ => 10,
                };
            case PciRegisters.CapabilityMsix:
                return 12;
            case PciRegisters.CapabilityExpress:
                return 60;
            case PciRegisters.CapabilityVendor when at + 3 <= ConventionalSize:
                return Math.Max((int)Get8(at + 2), 3);
            default:
                return 8;
        }
    }

    private void DeriveMsi(int at)
    {
        ushort flags = Get16(at + PciRegisters.MsiFlags);
        bool wide = (flags & PciRegisters.MsiFlags64Bit) != 0;
        bool masks = (flags & PciRegisters.MsiFlagsMaskBit) != 0;
        int data = wide ? 12 : 8;
        if (at + data + (masks ? 12 : 2) > ConventionalSize)
        {
            return;
        }

        Writable16(at + PciRegisters.MsiFlags, PciRegisters.MsiFlagsEnable | PciRegisters.MsiFlagsQsize);
        Writable32(at + 4, 0xfffffffc);
        if (wide)
        {
            Writable32(at + 8, uint.MaxValue);
        }

        Writable16(at + data, ushort.MaxValue);
        if (masks)
        {
            int vectors = 1 << ((flags & PciRegisters.MsiFlagsQmask) >> 1);
            Writable32(at + data + 4, vectors >= 32 ? uint.MaxValue : (1u << vectors) - 1);
        }
    }

    private void DeriveExpress(int at)
    {
        // As QEMU's functions without error reporting: nothing of the device control register; prefix blocking of the second.
        MakeClearedByOne(at + PciRegisters.ExpressDeviceControl + 2, [0x0f]);
        if ((Get16(at + PciRegisters.ExpressFlags) & 0xf) >= 2 && at + PciRegisters.ExpressDeviceControl2 + 2 <= ConventionalSize)
        {
            Writable16(at + PciRegisters.ExpressDeviceControl2, 0x8000);
        }
    }

    private void Writable16(int offset, int bits) => MakeWritable(offset, [(byte)bits, (byte)(bits >> 8)]);

    private void Writable32(int offset, uint bits) => MakeWritable(offset, [(byte)bits, (byte)(bits >> 8), (byte)(bits >> 16), (byte)(bits >> 24)]);
}
