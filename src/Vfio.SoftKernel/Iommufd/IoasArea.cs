using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// One mapping of an IOAS: a run of I/O addresses that stands for a part of some pages. Linux: struct iopt_area. The only object made for a mapping besides
/// its pages; the tree's links are its own fields.
/// </summary>
/// <remarks>Guarded by its IOAS's lock; Backing, BackingOffset and NextPin by its pages' lock.</remarks>
/// <param name="pages">The pages, with a reference that becomes the area's.</param>
/// <param name="startByte">Its first byte in the pages.</param>
internal sealed class IoasArea(IoasPages pages, ulong startByte)
{
    /// <summary>First I/O address.</summary>
    public ulong Start;

    /// <summary>Last I/O address, in the area.</summary>
    public ulong Last;

    /// <summary>Its memory, while it is pinned.</summary>
    public DmaBacking? Backing;

    /// <summary>Where its first byte stands in the backing.</summary>
    public ulong BackingOffset;

    /// <summary>The next area with a pin of the same pages.</summary>
    public IoasArea? NextPin;

    /// <summary>The tree: areas below this one. Before it is in the tree: the next to be put there.</summary>
    public IoasArea? Left;

    /// <summary>The tree: areas above this one.</summary>
    public IoasArea? Right;

    /// <summary>What devices may do.</summary>
    public DmaAccess Access;

    /// <summary>The tree: levels from here down.</summary>
    public byte Height;

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
}
