using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The calls on vIOMMUs and on queues of events. Linux: drivers/iommu/iommufd/viommu.c and eventq.c.</content>
internal sealed partial class IommufdFile
{
    private const uint MostVevents = 1 << 19;

    /// <summary>iommufd_fault_alloc.</summary>
    internal Errno FaultQueueAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuFaultAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Flags != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        FaultQueue queue = new(this);
        Objects.Reserve(queue);
        command.OutFaultId = queue.Id;
        command.OutFaultFd = queue.Open(call.Task);
        error = command.OutFaultFd < 0 ? (Errno)(-command.OutFaultFd) : call.Respond(ref command);
        if (error == Errno.None)
        {
            ObjectTable.Publish(queue);
            call.Task.Files.Publish(command.OutFaultFd);
            return Errno.None;
        }

        if (command.OutFaultFd >= 0)
        {
            call.Task.Files.Withdraw(command.OutFaultFd);
        }

        Objects.Abort(queue);
        return error;
    }

    /// <summary>iommufd_viommu_alloc_ioctl. The reserved field is not looked at.</summary>
    internal Errno ViommuAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuViommuAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Flags != 0 || command.Type == IommufdUapi.IOMMU_VIOMMU_TYPE_DEFAULT)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.DevId);
        if (!device.Found)
        {
            return Errno.ENOENT;
        }

        IommuDriver driver = device.Value.Device.IommuDriver!;
        if (!driver.HasViommu(device.Value.Device, command.Type))
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<Hwpt> parent = Objects.Borrow<Hwpt>(command.HwptId);
        if (!parent.Found)
        {
            return Errno.ENOENT;
        }

        if (!parent.Value.IsNestParent)
        {
            return Errno.EINVAL;
        }

        Viommu viommu = new(this, parent.Value, device.Value.Device.Unit!);
        Objects.Reserve(viommu);
        UserData data = new(call.Task.Memory, command.Type, command.DataUptr, command.DataLen);
        error = driver.CreateViommu(new ViommuSetup(viommu, device.Value.Device, parent.Value.Domain), data, out ViommuDriver? half);
        if (error == Errno.None)
        {
            viommu.Driver = half!;
            command.OutViommuId = viommu.Id;
            error = call.Respond(ref command);
        }

        if (error != Errno.None)
        {
            Objects.Abort(viommu);
            viommu.OnDestroyed();
            return error;
        }

        ObjectTable.Publish(viommu);
        return Errno.None;
    }

    /// <summary>iommufd_vdevice_alloc_ioctl.</summary>
    internal Errno VdeviceAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuVdeviceAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        using Borrowed<Viommu> viommu = Objects.Borrow<Viommu>(command.ViommuId);
        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.DevId);
        if (!viommu.Found || !device.Found)
        {
            return Errno.ENOENT;
        }

        if (viommu.Value.Unit != device.Value.Device.Unit)
        {
            return Errno.EINVAL;
        }

        lock (device.Value.GroupLock)
        {
            if (device.Value.IsUnbinding)
            {
                return Errno.ENOENT;
            }

            if (device.Value.Vdevice is not null)
            {
                return Errno.EEXIST;
            }

            Vdevice vdevice = new(viommu.Value, device.Value, command.VirtId);
            Objects.Reserve(vdevice);
            error = viommu.Value.Add(vdevice);
            if (error == Errno.None)
            {
                command.OutVdeviceId = vdevice.Id;
                error = call.Respond(ref command);
            }

            if (error != Errno.None)
            {
                vdevice.Abort();
                Objects.Abort(vdevice);
                return error;
            }

            ObjectTable.Publish(vdevice);
            return Errno.None;
        }
    }

    /// <summary>iommufd_veventq_alloc.</summary>
    internal Errno VeventqAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuVeventqAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Flags != 0 || command.Reserved != 0 || command.Type == IommufdUapi.IOMMU_VEVENTQ_TYPE_DEFAULT)
        {
            return Errno.EOPNOTSUPP;
        }

        if (command.VeventqDepth is 0 or > MostVevents)
        {
            return Errno.EINVAL;
        }

        using Borrowed<Viommu> viommu = Objects.Borrow<Viommu>(command.ViommuId);
        if (!viommu.Found)
        {
            return Errno.ENOENT;
        }

        VeventQueue queue = new(viommu.Value, command.Type, command.VeventqDepth);
        error = viommu.Value.Add(queue);
        if (error != Errno.None)
        {
            viommu.Value.RemoveUser();
            return error;
        }

        Objects.Reserve(queue);
        command.OutVeventqId = queue.Id;
        command.OutVeventqFd = queue.Open(call.Task);
        error = command.OutVeventqFd < 0 ? (Errno)(-command.OutVeventqFd) : call.Respond(ref command);
        if (error == Errno.None)
        {
            ObjectTable.Publish(queue);
            call.Task.Files.Publish(command.OutVeventqFd);
            return Errno.None;
        }

        if (command.OutVeventqFd >= 0)
        {
            call.Task.Files.Withdraw(command.OutVeventqFd);
        }

        Objects.Abort(queue);
        queue.OnDestroyed();
        return error;
    }

    /// <summary>iommufd_hw_queue_alloc_ioctl.</summary>
    internal Errno HwQueueAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwQueueAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Flags != 0 || command.Type == IommufdUapi.IOMMU_HW_QUEUE_TYPE_DEFAULT)
        {
            return Errno.EOPNOTSUPP;
        }

        if (command.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (command.NestingParentIova + (command.Length - 1) < command.NestingParentIova)
        {
            return Errno.EOVERFLOW;
        }

        using Borrowed<Viommu> viommu = Objects.Borrow<Viommu>(command.ViommuId);
        if (!viommu.Found)
        {
            return Errno.ENOENT;
        }

        if (!viommu.Value.Driver.HasQueue(command.Type))
        {
            return Errno.EOPNOTSUPP;
        }

        HwQueue queue = new(viommu.Value, command.NestingParentIova, command.Length);
        Objects.Reserve(queue);
        error = queue.Pin();
        if (error == Errno.None)
        {
            error = queue.Start(command.Index);
        }

        if (error == Errno.None)
        {
            command.OutHwQueueId = queue.Id;
            error = call.Respond(ref command);
        }

        if (error != Errno.None)
        {
            queue.OnDestroyed();
            Objects.Abort(queue);
            return error;
        }

        ObjectTable.Publish(queue);
        return Errno.None;
    }
}
