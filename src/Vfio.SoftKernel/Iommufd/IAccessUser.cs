namespace Vfio.SoftKernel.Iommufd;

/// <summary>The driver of an emulated device, as iommufd calls it. Linux: struct iommufd_access_ops.</summary>
internal interface IAccessUser
{
    /// <summary>It pins pages, and so needs mappings of whole pages; else it only copies.</summary>
    bool NeedsPinnedPages { get; }

    /// <summary>A range is being unmapped: everything pinned that touches it must be unpinned before this returns. Called under no lock.</summary>
    /// <param name="iova">First address.</param>
    /// <param name="length">Bytes; all ones: everything.</param>
    void Unmap(ulong iova, ulong length);
}
