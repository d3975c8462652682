using System.Numerics;

namespace Vfio.Hardware.Iommus;

/// <content>Which pages devices write to. Linux: struct iommu_dirty_ops.</content>
public sealed partial class IommuDomain
{
    private bool _tracksDirty;

    /// <summary>set_dirty_tracking: writes of devices are noted from now on, or no longer. Only where it <see cref="CanTrackDirty">can</see>.</summary>
    public bool TracksDirty
    {
        get => Volatile.Read(ref _tracksDirty);
        set => Volatile.Write(ref _tracksDirty, value && CanTrackDirty);
    }

    /// <summary>The largest page to map with, whatever the memory allows; it is what a write makes dirty. Set before anything is mapped.</summary>
    public ulong LargestPage { get; set; } = ulong.MaxValue;

    /// <summary>Makes the page over an address dirty, as a write would.</summary>
    public void MarkDirty(ulong iova)
    {
        lock (_lock)
        {
            _table.MarkDirty(iova, iova);
        }
    }

    /// <summary>
    /// read_and_clear_dirty: the pages of a range that were written to since they were last clean; with <paramref name="clear"/> they are clean then. What is
    /// written after this looked is dirty the next time.
    /// </summary>
    /// <param name="iova">First address.</param>
    /// <param name="last">Last address.</param>
    /// <param name="clear">Clean them.</param>
    /// <param name="found">Who is told; null: nobody.</param>
    public void ReadDirty(ulong iova, ulong last, bool clear, IDirtyPages? found)
    {
        lock (_lock)
        {
            _table.ReadDirty(iova, last, clear, found);
        }
    }

    /// <summary>A page table that can tell dirty pages apart has no leaf larger than the pages of the memory.</summary>
    private int LargestLeaf(DmaBacking backing) => CanTrackDirty ? BitOperations.Log2(Math.Min(backing.PageSize, LargestPage)) : 63;
}
