using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>What the device makes known: page requests, and the vDEVICE it has. Linux: drivers/iommu/io-pgfault.c, drivers/iommu/iommufd/viommu.c.</content>
internal sealed partial class IommufdDevice
{
    // Requests of groups whose last has not come yet. Under the group's lock.
    private readonly List<PageRequest> _partial = [];

    /// <summary>
    /// iommu_report_device_fault: the device asks for a page. The last request of a group takes the others along to the fault queue of what the device, or the
    /// PASID, is attached to. False when nobody is there to answer: the driver then says INVALID itself.
    /// </summary>
    public bool ReportPageRequest(PageRequest request)
    {
        lock (_group.Lock)
        {
            if (FindFaultHandler(request) is not { Hwpt.Faults: { } faults } handle)
            {
                return false;
            }

            if ((request.Flags & IommufdUapi.IOMMU_PGFAULT_FLAGS_LAST_PAGE) == 0)
            {
                _partial.Add(request);
                return true;
            }

            PageRequest[] group = [.. _partial.Where(partial => partial.Group == request.Group), request];
            _partial.RemoveAll(partial => partial.Group == request.Group);
            faults.Deliver(new PageRequestGroup(handle, group));
            return true;
        }
    }

    /// <summary>
    /// find_fault_handler. A PASID that is not attached belongs to the tables of user space, where the driver has such and the device is on a first stage.
    /// </summary>
    private AttachHandle? FindFaultHandler(PageRequest request)
    {
        uint pasid = (request.Flags & IommufdUapi.IOMMU_PGFAULT_FLAGS_PASID_VALID) != 0 ? request.Pasid : 0;
        if (_group.Attachments.TryGetValue(pasid, out GroupAttachment? attachment))
        {
            return attachment.Handle;
        }

        return Device.IommuDriver!.HasUserPasidTable && _group.Attachments.TryGetValue(0, out GroupAttachment? own) && own.Handle.Hwpt is NestedHwpt ? own.Handle : null;
    }

    /// <summary>iommufd_device_remove_vdev: the vDEVICE goes and leaves its id taken. Who destroys it at the same time is waited for, with the device.</summary>
    private void RemoveVdevice()
    {
        Vdevice? vdevice;
        lock (_group.Lock)
        {
            _isUnbinding = true;
            vdevice = _vdevice is { } there && there.TryAddUser() ? there : null;
        }

        if (vdevice is not null)
        {
            Context.Objects.PutAndBury(vdevice);
        }
    }
}
