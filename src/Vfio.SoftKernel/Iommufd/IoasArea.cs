using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// One mapping of an IOAS: a run of I/O addresses that stands for a part of some pages. Linux: struct iopt_area. The only object made for a mapping besides
/// its pages, and a million of them must fit: the tree's links are its own fields, and the small ones are packed.
/// </summary>
/// <remarks>Guarded by its IOAS's lock.</remarks>
/// <param name="pages">The pages, with a reference that becomes the area's.</param>
/// <param name="startByte">Its first byte in the pages.</param>
internal sealed class IoasArea(IoasPages pages, ulong startByte)
{
    private const byte AccessBits = 3;
    private const byte LoadedBit = 4;
    private const byte PreventedBit = 8;

    /// <summary>First I/O address.</summary>
    public ulong Start;

    /// <summary>Last I/O address, in the area.</summary>
    public ulong Last;

    /// <summary>The tree: areas below this one. Outside it: the next of a chain.</summary>
    public IoasArea? Left;

    /// <summary>The tree: areas above this one.</summary>
    public IoasArea? Right;

    /// <summary>num_accesses: what emulated devices have pinned through it.</summary>
    public int Accesses;

    /// <summary>num_locks: those of them that an UNMAP does not end, but is refused for.</summary>
    public ushort Locks;

    /// <summary>The tree: levels from here down.</summary>
    public byte Height;

    private byte _bits;

    /// <summary>What devices may do.</summary>
    public DmaAccess Access
    {
        get => (DmaAccess)(_bits & AccessBits);
        set => _bits = (byte)((_bits & ~AccessBits) | (int)value);
    }

    /// <summary>storage_domain: it is pinned for the page tables of its IOAS.</summary>
    public bool IsLoaded
    {
        get => (_bits & LoadedBit) != 0;
        set => _bits = (byte)(value ? _bits | LoadedBit : _bits & ~LoadedBit);
    }

    /// <summary>prevent_access: an UNMAP is under way, and nobody may pin it again.</summary>
    public bool PreventsAccess
    {
        get => (_bits & PreventedBit) != 0;
        set => _bits = (byte)(value ? _bits | PreventedBit : _bits & ~PreventedBit);
    }

    /// <summary>The pages.</summary>
    public IoasPages Pages { get; } = pages;

    /// <summary>Its first byte in the pages.</summary>
    public ulong StartByte { get; } = startByte;

    /// <summary>Its last byte in the pages.</summary>
    public ulong LastByte => StartByte + (Last - Start);

    /// <summary>Bytes; never the whole 64-bit space.</summary>
    public ulong Length => Last - Start + 1;

    /// <summary>page_offset: how far into a page it begins.</summary>
    public ulong PageOffset => (Pages.Start + StartByte) & 0xfff;

    /// <summary>iopt_area_start_byte: where an I/O address of the area stands in its pages.</summary>
    public ulong ByteOf(ulong iova) => StartByte + (iova - Start);
}
