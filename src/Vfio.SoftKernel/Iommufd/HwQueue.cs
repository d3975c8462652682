using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A queue that hardware reads by itself out of a guest's memory, which stays mapped as long as the queue is there. Linux: struct iommufd_hw_queue,
/// drivers/iommu/iommufd/viommu.c.
/// </summary>
internal sealed class HwQueue : KernelObject
{
    private const ulong PageSize = 4096;

    /// <summary>kvzalloc of one pointer a page takes no more than this.</summary>
    private const ulong MostPages = int.MaxValue / sizeof(ulong);

    private readonly Viommu _viommu;
    private readonly ulong _iova;
    private readonly ulong _length;
    private IoasAccess? _access;
    private bool _isTaken;

    /// <param name="viommu">Whose; the queue becomes a user of it once its memory is pinned.</param>
    /// <param name="iova">Where it begins, for the vIOMMU's parent.</param>
    /// <param name="length">Its bytes; not zero, and not past the last address.</param>
    public HwQueue(Viommu viommu, ulong iova, ulong length)
    {
        _viommu = viommu;
        _iova = iova;
        _length = length;
    }

    private ulong FirstPage => _iova & ~(PageSize - 1);

    /// <summary>
    /// iommufd_hw_queue_alloc_phys: pins the whole pages of the queue, for which an internal access takes an id. ERANGE and ENOMEM for too many pages, EFAULT when
    /// they are not one piece of memory.
    /// </summary>
    public Errno Pin()
    {
        ulong offset = _iova - FirstPage;
        if (_length > ulong.MaxValue - offset - (PageSize - 1))
        {
            return Errno.ERANGE;
        }

        ulong pages = (offset + _length + (PageSize - 1)) / PageSize;
        if (pages > MostPages)
        {
            return Errno.ENOMEM;
        }

        IoasAccess access = IoasAccess.Create(_viommu.Context, null);
        Errno error = access.Attach(_viommu.Parent.Ioas);
        if (error == Errno.None)
        {
            List<MemoryPiece> found = [];
            error = access.PinPages(FirstPage, pages * PageSize, write: false, found);
            if (error == Errno.None && !IsOnePiece(found))
            {
                access.UnpinPages(FirstPage, pages * PageSize);
                error = Errno.EFAULT;
            }
        }

        if (error != Errno.None)
        {
            access.Destroy();
            return error;
        }

        _access = access;
        _viommu.AddUser();
        return Errno.None;
    }

    /// <summary>hw_queue_init_phys.</summary>
    public Errno Start(uint index)
    {
        Errno error = _viommu.Driver.CreateQueue(this, index);
        _isTaken = error == Errno.None;
        return error;
    }

    /// <summary>iommufd_hw_queue_destroy.</summary>
    internal override void OnDestroyed()
    {
        if (_isTaken)
        {
            _viommu.Driver.DestroyQueue(this);
        }

        if (_access is not null)
        {
            _access.UnpinPages(FirstPage, (_iova - FirstPage + _length + (PageSize - 1)) & ~(PageSize - 1));
            _access.Destroy();
            _viommu.RemoveUser();
        }
    }

    /// <summary>One page after the other. Where Linux compares physical addresses, places in one memory are what there is.</summary>
    private static bool IsOnePiece(List<MemoryPiece> pieces)
    {
        MemoryPlace next = pieces[0].Memory.PlaceOf(pieces[0].Offset);
        foreach (MemoryPiece piece in pieces)
        {
            if (piece.Memory.PlaceOf(piece.Offset) != next)
            {
                return false;
            }

            next = next with { Offset = next.Offset + piece.Length };
        }

        return true;
    }
}
