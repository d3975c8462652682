using System.Buffers.Binary;

namespace Vfio;

/// <summary>
/// A function's PCI configuration space, as the kernel shows it to its owner: some registers are virtual. Every read asks the device.
/// </summary>
/// <remarks>
/// Offsets are bytes, multiples of the access width. A write that closes the way to the BARs (memory decoding off, D3) takes their mappings out of use first.
/// </remarks>
public sealed class ConfigSpace
{
    private const int CommandOffset = 4;
    private const ushort CommandMemory = 2;
    private const ushort CommandMaster = 4;
    private const ushort StatusCapabilities = 0x10;
    private const int PowerManagement = 1;
    private readonly Lock _lock = new();
    private int _powerManagementOffset = -1;

    internal ConfigSpace(VfioFileHandle device, RegionInfo info, Action<bool> suspend)
    {
        Region = new Region(device, info, new ConfigGuard(CanReachMemory, PowerManagementOffset, suspend));
    }

    /// <summary>The region behind it.</summary>
    public Region Region { get; }

    /// <summary>Bytes: 256, or 4096 for PCI Express.</summary>
    public int Size => (int)Math.Min(Region.Size, 4096);

    /// <summary>The vendor.</summary>
    public ushort VendorId => Read16(0);

    /// <summary>The device, as its vendor numbers it.</summary>
    public ushort DeviceId => Read16(2);

    /// <summary>The command register.</summary>
    public ushort Command => Read16(CommandOffset);

    /// <summary>The status register.</summary>
    public ushort Status => Read16(6);

    /// <summary>The revision.</summary>
    public byte RevisionId => Read8(8);

    /// <summary>Class, subclass and programming interface in 24 bits.</summary>
    public uint ClassCode => Read32(8) >> 8;

    /// <summary>The header's layout: 0 for a device, 1 for a bridge; bit 7 says that there are more functions.</summary>
    public byte HeaderType => Read8(0xe);

    /// <summary>Reads one byte.</summary>
    public byte Read8(int offset) => Region.Read8((ulong)offset);

    /// <summary>Reads two bytes.</summary>
    public ushort Read16(int offset) => Region.Read16((ulong)offset);

    /// <summary>Reads four bytes.</summary>
    public uint Read32(int offset) => Region.Read32((ulong)offset);

    /// <summary>Writes one byte.</summary>
    public void Write8(int offset, byte value) => Region.Write8((ulong)offset, value);

    /// <summary>Writes two bytes.</summary>
    public void Write16(int offset, ushort value) => Region.Write16((ulong)offset, value);

    /// <summary>Writes four bytes.</summary>
    public void Write32(int offset, uint value) => Region.Write32((ulong)offset, value);

    /// <summary>
    /// The capabilities, in the order of their list. A list that leads back into itself, or out of the header's 256 bytes, ends there.
    /// </summary>
    public IReadOnlyList<PciCapability> ReadCapabilities()
    {
        List<PciCapability> found = [];
        if ((Status & StatusCapabilities) == 0)
        {
            return found;
        }

        // 48 dwords lie behind the header: a longer list has a cycle.
        UInt128 seen = default;
        int offset = Read8(0x34) & 0xfc;
        int limit = Math.Min(Size, 256);
        while (offset >= 0x40 && offset <= limit - 4 && (seen & (UInt128.One << (offset >> 2))) == 0)
        {
            seen |= UInt128.One << (offset >> 2);
            ushort head = Read16(offset);
            if (head == ushort.MaxValue)
            {
                break;
            }

            found.Add(new PciCapability((byte)head, 0, (ushort)offset));
            offset = (head >> 8) & 0xfc;
        }

        return found;
    }

    /// <summary>
    /// The extended capabilities of a PCI Express function, in the order of their list. A list that leads back, or out of config space, ends there.
    /// </summary>
    public IReadOnlyList<PciCapability> ReadExtendedCapabilities()
    {
        List<PciCapability> found = [];
        bool[] seen = new bool[1024];
        int offset = 0x100;
        while (offset >= 0x100 && offset <= Size - 4 && !seen[offset >> 2])
        {
            seen[offset >> 2] = true;
            uint head = Read32(offset);
            if (head is 0 or uint.MaxValue)
            {
                break;
            }

            // Id 0 is the kernel's mark on a capability it hides: its place in the list stays.
            if ((ushort)head != 0)
            {
                found.Add(new PciCapability((ushort)head, (byte)((head >> 16) & 0xf), (ushort)offset));
            }

            offset = (int)(head >> 20) & 0xffc;
        }

        return found;
    }

    /// <summary>The first capability with an id, or null.</summary>
    /// <param name="id">PCI_CAP_ID_*.</param>
    public PciCapability? FindCapability(byte id) => First(ReadCapabilities(), id);

    /// <summary>The first extended capability with an id, or null.</summary>
    /// <param name="id">PCI_EXT_CAP_ID_*.</param>
    public PciCapability? FindExtendedCapability(ushort id) => First(ReadExtendedCapabilities(), id);

    /// <summary>The command register's bus master bit.</summary>
    internal bool BusMaster
    {
        get => (Command & CommandMaster) != 0;
        set
        {
            lock (_lock)
            {
                ushort command = Command;
                ushort wanted = (ushort)(value ? command | CommandMaster : command & ~CommandMaster);
                if (wanted != command)
                {
                    Span<byte> bytes = stackalloc byte[sizeof(ushort)];
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes, wanted);
                    Region.WriteFileUnguarded(CommandOffset, bytes);
                }
            }
        }
    }

    /// <summary>Whether the BARs decode: memory is on in the command register and the function is awake.</summary>
    internal bool CanReachMemory()
    {
        if ((Command & CommandMemory) == 0)
        {
            return false;
        }

        int powerManagement = PowerManagementOffset();
        return powerManagement == 0 || (Read16(powerManagement + 4) & 3) != 3;
    }

    private static PciCapability? First(IReadOnlyList<PciCapability> capabilities, int id)
    {
        foreach (PciCapability capability in capabilities)
        {
            if (capability.Id == id)
            {
                return capability;
            }
        }

        return null;
    }

    private int PowerManagementOffset()
    {
        if (_powerManagementOffset < 0)
        {
            int offset = FindCapability(PowerManagement)?.Offset ?? 0;
            _powerManagementOffset = offset + 6 <= Size ? offset : 0;
        }

        return _powerManagementOffset;
    }
}
