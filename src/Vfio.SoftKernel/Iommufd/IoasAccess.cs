using System.Diagnostics;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// The way of an emulated (mdev) device to what is mapped, without DMA. Linux: struct iommufd_access, drivers/iommu/iommufd/device.c. It has an id, but no call of
/// its own.
/// </summary>
/// <remarks><see cref="_lock"/> is ioas_lock: outside the IOAS's, inside the driver's own, and never held while the driver is told to let go.</remarks>
internal sealed class IoasAccess : KernelObject
{
    private readonly Lock _lock = new();
    private readonly IommufdFile _context;
    private readonly IAccessUser? _user;
    private Ioas? _ioas;
    private Ioas? _ioasOfPins;

    private IoasAccess(IommufdFile context, IAccessUser? user)
    {
        _context = context;
        _user = user;
    }

    /// <summary>What mappings must be aligned to while it is attached.</summary>
    public ulong Alignment => _user is { NeedsPinnedPages: false } ? 1UL : 4096;

    /// <summary>iommufd_access_create: an access that is attached to nothing. The driver is its user until <see cref="Destroy"/>; it keeps the file open.</summary>
    /// <param name="context">The iommufd.</param>
    /// <param name="user">The driver; null (iommufd_access_create_internal): iommufd itself, whose pins an UNMAP cannot end.</param>
    public static IoasAccess Create(IommufdFile context, IAccessUser? user)
    {
        IoasAccess access = new(context, user);
        context.Objects.Reserve(access);
        access.AddUser();
        if (user is not null)
        {
            context.Get();
        }

        ObjectTable.Publish(access);
        return access;
    }

    /// <summary>iommufd_access_destroy: waits for callbacks that run. The driver has stopped using it.</summary>
    public void Destroy() => _context.Objects.PutAndDestroy(this);

    /// <summary>iommufd_access_attach: EINVAL when it is attached, ENOENT without such an IOAS, EADDRINUSE when a mapping is not aligned for it.</summary>
    public Errno Attach(uint ioasId)
    {
        lock (_lock)
        {
            return _ioas is null ? ChangeTo(ioasId) : Errno.EINVAL;
        }
    }

    /// <summary>iommufd_access_attach_internal.</summary>
    public Errno Attach(Ioas ioas)
    {
        lock (_lock)
        {
            return _ioas is null ? ChangeTo(ioas) : Errno.EINVAL;
        }
    }

    /// <summary>iommufd_access_replace: ENOENT when it is attached to nothing; failure leaves it where it was.</summary>
    public Errno Replace(uint ioasId)
    {
        lock (_lock)
        {
            return _ioas is null ? Errno.ENOENT : ChangeTo(ioasId);
        }
    }

    /// <summary>iommufd_access_pin_pages: EINVAL for no bytes, EOVERFLOW past the end, ENOENT attached to nothing; else as <see cref="Ioas.PinPages"/>.</summary>
    public Errno PinPages(ulong iova, ulong length, bool write, List<MemoryPiece> found)
    {
        if (Alignment != 4096 || length == 0)
        {
            return Errno.EINVAL;
        }

        ulong last = iova + (length - 1);
        if (last < iova)
        {
            return Errno.EOVERFLOW;
        }

        lock (_lock)
        {
            return _ioas?.PinPages(iova, last, write, _user is null, found) ?? Errno.ENOENT;
        }
    }

    /// <summary>iommufd_access_unpin_pages: exactly what was pinned; from the IOAS that is being left, too.</summary>
    public void UnpinPages(ulong iova, ulong length)
    {
        lock (_lock)
        {
            _ioasOfPins!.UnpinPages(iova, iova + (length - 1), _user is null);
        }
    }

    /// <summary>iommufd_access_rw.</summary>
    public Errno ReadWrite(in AccessTransfer transfer, ulong iova, Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return Errno.EINVAL;
        }

        ulong last = iova + ((ulong)buffer.Length - 1);
        if (last < iova)
        {
            return Errno.EOVERFLOW;
        }

        lock (_lock)
        {
            return _ioas?.ReadWrite(in transfer, iova, last, buffer) ?? Errno.ENOENT;
        }
    }

    /// <summary>iommufd_access_notify_unmap, of one: skipped when it is going already.</summary>
    internal void NotifyUnmap(ulong iova, ulong length)
    {
        if (_user is { } user && TryAddUser())
        {
            user.Unmap(iova, length);
            RemoveUser();
        }
    }

    /// <summary>The IOAS it is attached to now; for the test interface.</summary>
    internal Ioas? Attached
    {
        get
        {
            lock (_lock)
            {
                return _ioas;
            }
        }
    }

    /// <summary>iommufd_access_destroy_object.</summary>
    internal override void OnDestroyed()
    {
        lock (_lock)
        {
            if (_ioas is not null)
            {
                ChangeTo((Ioas?)null);
            }
        }

        if (_user is not null)
        {
            _context.Put();
        }
    }

    private Errno ChangeTo(uint ioasId)
    {
        using Borrowed<Ioas> ioas = _context.Objects.Borrow<Ioas>(ioasId);
        return ioas.Found ? ChangeTo(ioas.Value) : Errno.ENOENT;
    }

    /// <summary>
    /// iommufd_access_change_ioas: the new one first, then the driver lets go of what it has pinned in the old. Meanwhile it can unpin but not pin; EBUSY for another
    /// change, and the same IOAS is none.
    /// </summary>
    private Errno ChangeTo(Ioas? ioas)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        Ioas? left = _ioas;
        if (left != _ioasOfPins)
        {
            return Errno.EBUSY;
        }

        if (left == ioas)
        {
            return Errno.None;
        }

        _ioas = null;
        if (ioas is not null)
        {
            Errno error = ioas.AddAccess(this);
            if (error != Errno.None)
            {
                _ioas = left;
                return error;
            }

            ioas.AddUser();
        }

        if (left is not null)
        {
            if (_user is not null)
            {
                _lock.Exit();
                try
                {
                    _user.Unmap(0, ulong.MaxValue);
                }
                finally
                {
                    _lock.Enter();
                }
            }

            left.RemoveAccess(this);
            left.RemoveUser();
        }

        _ioas = ioas;
        _ioasOfPins = ioas;
        return Errno.None;
    }
}
