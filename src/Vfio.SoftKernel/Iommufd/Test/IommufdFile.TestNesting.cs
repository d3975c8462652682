using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>IOMMU_TEST_CMD on first stages, page requests, events of vIOMMUs and PASIDs. Linux: drivers/iommu/iommufd/selftest.c.</content>
internal sealed partial class IommufdFile
{
    /// <summary>iommufd_test_md_check_iotlb.</summary>
    private Errno TestCheckIotlb(in IommuTestCmd command)
    {
        using Borrowed<NestedHwpt> hwpt = Objects.Borrow<NestedHwpt>(command.Id);
        return !hwpt.Found ? Errno.ENOENT
            : hwpt.Value.Domain is MockNestedDomain mock && command.CheckIotlbId <= MOCK_NESTED_DOMAIN_IOTLB_ID_MAX
                && Volatile.Read(ref mock.Iotlb[command.CheckIotlbId]) == command.CheckIotlbIotlb ? Errno.None
            : Errno.EINVAL;
    }

    /// <summary>iommufd_test_trigger_iopf. Nobody is told whether there was somebody to answer.</summary>
    private Errno TestTriggerPageRequest(in IommuTestCmd command)
    {
        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.TriggerIopfDevId);
        if (!device.Found)
        {
            return Errno.ENOENT;
        }

        if (device.Value.Device is not MockDevice)
        {
            return Errno.EINVAL;
        }

        uint flags = IommufdUapi.IOMMU_PGFAULT_FLAGS_LAST_PAGE | (command.TriggerIopfPasid != 0 ? IommufdUapi.IOMMU_PGFAULT_FLAGS_PASID_VALID : 0);
        device.Value.ReportPageRequest(new PageRequest(flags, command.TriggerIopfPasid, command.TriggerIopfGrpid, command.TriggerIopfPerm, command.TriggerIopfAddr));
        return Errno.None;
    }

    /// <summary>iommufd_test_trigger_vevent. The kernel takes any device for a mock one here; we do not.</summary>
    private Errno TestTriggerVevent(in IommuTestCmd command)
    {
        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.TriggerVeventDevId);
        return device.Value?.Device is MockDevice mock ? mock.ReportEvent() : Errno.ENOENT;
    }

    /// <summary>iommufd_test_pasid_attach.</summary>
    private Errno TestPasidAttach(IommufdCall call, ref IommuTestCmd command)
    {
        using Borrowed<SelftestObject> holder = Objects.Borrow<SelftestObject>(command.Id);
        if (!holder.Found)
        {
            return Errno.ENOENT;
        }

        Errno error;
        lock (holder.Value.AttachLock)
        {
            error = holder.Value.Bound.Attach(ref command.PasidAttachPtId, command.PasidAttachPasid);
        }

        if (error != Errno.None)
        {
            return error;
        }

        error = call.Respond(ref command);
        if (error != Errno.None)
        {
            lock (holder.Value.AttachLock)
            {
                holder.Value.Bound.Detach(command.PasidAttachPasid);
            }
        }

        return error;
    }

    /// <summary>iommufd_test_pasid_replace.</summary>
    private Errno TestPasidReplace(IommufdCall call, ref IommuTestCmd command)
    {
        using Borrowed<SelftestObject> holder = Objects.Borrow<SelftestObject>(command.Id);
        if (!holder.Found)
        {
            return Errno.ENOENT;
        }

        Errno error;
        lock (holder.Value.AttachLock)
        {
            error = holder.Value.Bound.Replace(ref command.PasidReplacePtId, command.PasidReplacePasid);
        }

        return error != Errno.None ? error : call.Respond(ref command);
    }

    /// <summary>iommufd_test_pasid_detach.</summary>
    private Errno TestPasidDetach(in IommuTestCmd command)
    {
        using Borrowed<SelftestObject> holder = Objects.Borrow<SelftestObject>(command.Id);
        if (!holder.Found)
        {
            return Errno.ENOENT;
        }

        lock (holder.Value.AttachLock)
        {
            holder.Value.Bound.Detach(command.PasidDetachPasid);
        }

        return Errno.None;
    }

    /// <summary>iommufd_test_pasid_check_hwpt: what the PASID is attached to, 0 for nothing.</summary>
    private Errno TestPasidCheck(in IommuTestCmd command)
    {
        using Borrowed<SelftestObject> holder = Objects.Borrow<SelftestObject>(command.Id);
        if (!holder.Found)
        {
            return Errno.ENOENT;
        }

        HwPageTable? attached = holder.Value.Bound.AttachedTo(command.PasidCheckPasid);
        if (command.PasidCheckHwptId == 0)
        {
            return attached is null ? Errno.None : Errno.EINVAL;
        }

        using Borrowed<KernelObject> hwpt = Objects.Borrow<KernelObject>(command.PasidCheckHwptId);
        return !hwpt.Found ? Errno.ENOENT : hwpt.Value is HwPageTable && hwpt.Value == attached ? Errno.None : Errno.EINVAL;
    }
}
