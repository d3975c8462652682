namespace Vfio.Hardware.Iommus;

/// <summary>Who is told of pages that devices wrote to. Linux: struct iommu_dirty_bitmap.</summary>
public interface IDirtyPages
{
    /// <summary>Something in this range was written; ranges come in ascending order. Called under the page table's lock.</summary>
    /// <param name="iova">First address.</param>
    /// <param name="last">Last address, in the range.</param>
    void Add(ulong iova, ulong last);
}
