using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// One hardware page table, made for one device (IOMMU_HWPT_ALLOC of the paging kind). Whether it enforces cache coherency was decided
/// when it was made and never changes.
/// </summary>
public sealed class Hwpt : PageTable
{
    internal Hwpt(IommufdContext context, uint id, Ioas ioas)
        : base(context, id, ioas)
    {
    }

    /// <summary>
    /// Begins or ends the record of which pages devices write (IOMMU_HWPT_SET_DIRTY_TRACKING). Beginning clears it. Either may be repeated.
    /// </summary>
    /// <param name="enable">True: begin.</param>
    /// <exception cref="VfioException">EOPNOTSUPP: made without <see cref="HwptOptions.DirtyTracking"/>, or the IOMMU has none.</exception>
    public void SetDirtyTracking(bool enable)
    {
        IommuHwptSetDirtyTracking argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwptSetDirtyTracking>(),
            Flags = enable ? IommufdUapi.IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
            HwptId = Id,
        };
        Context.Handle.Check(
            Context.Handle.Ioctl(IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING, ref argument),
            nameof(IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING));
    }

    /// <summary>
    /// Which pages of a range devices have written (IOMMU_HWPT_GET_DIRTY_BITMAP). Adds bits to <paramref name="bitmap"/> and takes none away. Allocates nothing.
    /// </summary>
    /// <param name="iova">The first address, which the lowest bit of the first word stands for; a multiple of <paramref name="pageSize"/>.</param>
    /// <param name="length">Bytes; a multiple of <paramref name="pageSize"/>, not 0. Reporting ends at the first address that is not mapped.</param>
    /// <param name="pageSize">Bytes that one bit stands for; a power of two.</param>
    /// <param name="bitmap">Room for a bit a page.</param>
    /// <param name="clear">Whether what is reported is forgotten, so that the next report is of what is written from now on. False saves the IOMMU the work where the range is unmapped next.</param>
    /// <exception cref="ArgumentException"><paramref name="bitmap"/> is too short.</exception>
    /// <exception cref="VfioException">EOPNOTSUPP: made without <see cref="HwptOptions.DirtyTracking"/>. EINVAL: alignment.</exception>
    public void ReadDirtyBitmap(ulong iova, ulong length, ulong pageSize, Span<ulong> bitmap, bool clear = true)
    {
        DirtyBitmap.CheckRoom(length, pageSize, bitmap);
        IommuHwptGetDirtyBitmap argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwptGetDirtyBitmap>(),
            HwptId = Id,
            Flags = clear ? 0 : IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
            Iova = iova,
            Length = length,
            PageSize = pageSize,
        };
        Context.Handle.Check(
            Context.Handle.Ioctl(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, ref argument, ref argument.Data, (ReadOnlySpan<ulong>)bitmap),
            nameof(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP));
    }
}
