using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

// Attaching the device, or one of its PASIDs, to a page table of its iommufd. Linux: drivers/vfio/device_cdev.c, drivers/vfio/iommufd.c.
internal sealed partial class VfioCoreDevice
{
    // vdev->iommufd_attached and vdev->pasids: what was attached through VFIO. PASID 0 is the device itself to iommufd, but not here: attached as a
    // PASID it is not known as attached, as in Linux. Under the set's lock.
    private readonly SortedSet<uint> _pasids = [];
    private bool _attached;

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT: a second one replaces. Linux: vfio_df_ioctl_attach_pt.</summary>
    internal Errno Attach(UserArgument argument)
    {
        var attach = default(VfioDeviceAttachIommufdPt);
        Span<byte> bytes = StructBytes.AsBytes(ref attach);
        const int Smallest = 12;
        Errno error = CopyIn(argument, bytes, Smallest, VfioUapi.VFIO_DEVICE_ATTACH_PASID);
        if (error != Errno.None)
        {
            return error;
        }

        lock (Set.Lock)
        {
            uint id = attach.PtId;
            error = (attach.Flags & VfioUapi.VFIO_DEVICE_ATTACH_PASID) != 0 ? AttachPasidLocked(attach.Pasid, ref id) : AttachLocked(ref id);
            if (error != Errno.None)
            {
                return error;
            }

            attach.PtId = id;
            error = argument.CopyOut(8, bytes[8..Smallest]);
            if (error != Errno.None)
            {
                // The device itself, whichever was attached: Linux 7.2 makes no difference.
                DetachLocked();
            }

            return error;
        }
    }

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT: nothing attached is no error. Linux: vfio_df_ioctl_detach_pt.</summary>
    internal Errno Detach(UserArgument argument)
    {
        var detach = default(VfioDeviceDetachIommufdPt);
        Errno error = CopyIn(argument, StructBytes.AsBytes(ref detach), 8, VfioUapi.VFIO_DEVICE_DETACH_PASID);
        if (error != Errno.None)
        {
            return error;
        }

        lock (Set.Lock)
        {
            if ((detach.Flags & VfioUapi.VFIO_DEVICE_DETACH_PASID) == 0)
            {
                DetachLocked();
            }
            else if (_pasids.Remove(detach.Pasid))
            {
                _iommufdDevice!.Detach(detach.Pasid);
            }
        }

        return Errno.None;
    }

    // The PASID at the end is read, and must be there, only when the flag says so.
    private static Errno CopyIn(UserArgument argument, Span<byte> whole, int smallest, uint pasidFlag)
    {
        if (argument.CopyIn(0, whole[..smallest]) is not Errno.None and Errno fault)
        {
            return fault;
        }

        uint argsz = BitConverter.ToUInt32(whole);
        uint flags = BitConverter.ToUInt32(whole[4..]);
        if (argsz < smallest || (flags & ~pasidFlag) != 0)
        {
            return Errno.EINVAL;
        }

        return flags == 0 ? Errno.None : argsz < whole.Length ? Errno.EINVAL : argument.CopyIn(smallest, whole[smallest..]);
    }

    // vfio_iommufd_physical_unbind.
    private void UnbindIommufd()
    {
        foreach (uint pasid in _pasids)
        {
            _iommufdDevice!.Detach(pasid);
        }

        _pasids.Clear();
        DetachLocked();
        _iommufdDevice?.Unbind();
        _iommufdDevice = null;
    }

    // vfio_iommufd_physical_attach_ioas.
    private Errno AttachLocked(ref uint id)
    {
        Errno error = _attached ? _iommufdDevice!.Replace(ref id) : _iommufdDevice!.Attach(ref id);
        _attached |= error == Errno.None;
        return error;
    }

    // vfio_iommufd_physical_pasid_attach_ioas: the set of PASIDs is an ida, which has no room from 2 GiB on.
    private Errno AttachPasidLocked(uint pasid, ref uint id)
    {
        if (_pasids.Contains(pasid))
        {
            return _iommufdDevice!.Replace(ref id, pasid);
        }

        if (pasid > int.MaxValue)
        {
            return Errno.ENOSPC;
        }

        Errno error = _iommufdDevice!.Attach(ref id, pasid);
        if (error == Errno.None)
        {
            _pasids.Add(pasid);
        }

        return error;
    }

    private void DetachLocked()
    {
        if (_attached)
        {
            _iommufdDevice!.Detach();
            _attached = false;
        }
    }
}
