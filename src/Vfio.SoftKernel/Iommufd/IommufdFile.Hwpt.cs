using System.Numerics;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The calls on page tables and devices. Linux: drivers/iommu/iommufd/hw_pagetable.c and device.c.</content>
internal sealed partial class IommufdFile
{
    internal Errno HwptAlloc(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwptAlloc command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if ((command.DataType == IommufdUapi.IOMMU_HWPT_DATA_NONE) != (command.DataLen == 0))
        {
            return Errno.EINVAL;
        }

        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.DevId);
        if (!device.Found)
        {
            return Errno.ENOENT;
        }

        UserData data = new(call.Task.Memory, command.DataType, command.DataUptr, command.DataLen);
        using Borrowed<KernelObject> parent = Objects.Borrow<KernelObject>(command.PtId);
        HwPageTable? made;
        switch (parent.Value)
        {
            case Ioas ioas:
                lock (ioas.HwptLock)
                {
                    error = Hwpt.Create(this, ioas, device.Value, command.Flags, data, out Hwpt? paging);
                    return error != Errno.None ? error : Finish(call, paging!, ref command);
                }

            case Hwpt below:
                error = NestedHwpt.Create(this, below, device.Value, command.Flags, data, out made);
                break;
            case Viommu viommu:
                error = NestedHwpt.Create(this, viommu, device.Value, command.Flags, data, out made);
                break;
            default:
                // Nothing there is EINVAL too.
                return Errno.EINVAL;
        }

        return error != Errno.None ? error : Finish(call, made!, ref command);
    }

    /// <summary>The end of iommufd_hwpt_alloc: the fault queue, and the answer.</summary>
    private Errno Finish(IommufdCall call, HwPageTable made, ref IommuHwptAlloc command)
    {
        Errno error = Errno.None;
        if ((command.Flags & IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID) != 0)
        {
            using Borrowed<FaultQueue> faults = Objects.Borrow<FaultQueue>(command.FaultId);
            if (faults.Found)
            {
                made.Use(faults.Value);
            }
            else
            {
                error = Errno.ENOENT;
            }
        }

        if (error == Errno.None)
        {
            command.OutHwptId = made.Id;
            error = call.Respond(ref command);
        }

        if (error != Errno.None)
        {
            made.Abort();
            return error;
        }

        made.Publish();
        return Errno.None;
    }

    /// <summary>iommufd_hwpt_invalidate. How many requests were carried out is written whatever happens.</summary>
    internal Errno HwptInvalidate(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwptInvalidate command);
        if (error != Errno.None)
        {
            return error;
        }

        error = HwptInvalidate(call.Task.Memory, command, out command.EntryNum);
        return call.Respond(ref command) != Errno.None ? Errno.EFAULT : error;
    }

    private Errno HwptInvalidate(UserMemory memory, in IommuHwptInvalidate command, out uint done)
    {
        const uint MostRequests = 1 << 19;
        const uint LongestRequest = 4096;
        UserDataArray requests = new(memory, command.DataType, command.DataUptr, command.EntryLen, command.EntryNum);
        uint count = command.EntryNum;
        done = 0;
        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (count != 0 && (command.DataUptr == 0 || command.EntryLen is 0 or > LongestRequest || count > MostRequests))
        {
            return Errno.EINVAL;
        }

        using Borrowed<KernelObject> target = Objects.Borrow<KernelObject>(command.HwptId);
        if (!target.Found)
        {
            return Errno.ENOENT;
        }

        Errno error;
        switch (target.Value)
        {
            case NestedHwpt nested:
                error = IommuDriver.Of(nested.Domain.Unit).Invalidate(nested.Domain, ref requests);
                break;
            case Viommu viommu:
                error = viommu.Driver.Invalidate(ref requests);
                break;
            default:
                return Errno.EINVAL;
        }

        done = requests.Count;
        return error;
    }

    internal Errno GetHwInfo(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwInfo command);
        if (error != Errno.None)
        {
            return error;
        }

        if ((command.Flags & ~IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE) != 0 || (command.Reserved0 | command.Reserved1 | command.Reserved2) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.DevId);
        if (!device.Found)
        {
            return Errno.ENOENT;
        }

        SoftDevice hardware = device.Value.Device;
        uint type = (command.Flags & IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE) != 0 ? command.InDataType : IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT;
        Span<byte> data = stackalloc byte[64];
        error = hardware.IommuDriver!.DescribeHardware(hardware, ref type, data, out int length);
        if (error != Errno.None)
        {
            return error;
        }

        error = CopyOutPadded(call.Task.Memory, command.DataUptr, data[..length], command.DataLen);
        if (error != Errno.None)
        {
            return error;
        }

        command.OutDataType = type;
        command.DataLen = (uint)length;
        command.OutMaxPasidLog2 = 0;

        // No device here has address translation services (ATS).
        command.OutCapabilities = IommufdUapi.IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED;
        if (hardware.CanTrackDirty)
        {
            command.OutCapabilities |= IommufdUapi.IOMMU_HW_CAP_DIRTY_TRACKING;
        }

        if (hardware.IommuDriver.MaxPasids(hardware) is not 0 and uint pasids)
        {
            // Drivers turn PASIDs on as they find a device that has them, with whatever else it can do.
            PasidCapability capability = hardware.PasidCapability;
            command.OutMaxPasidLog2 = (byte)BitOperations.Log2(pasids);
            command.OutCapabilities |= (capability.Execute ? IommufdUapi.IOMMU_HW_CAP_PCI_PASID_EXEC : 0u)
                | (capability.Privileged ? IommufdUapi.IOMMU_HW_CAP_PCI_PASID_PRIV : 0u);
        }

        return call.Respond(ref command);
    }

    /// <summary>copy_to_user of what fits, clear_user of the rest of the caller's buffer.</summary>
    private static Errno CopyOutPadded(UserMemory memory, ulong address, ReadOnlySpan<byte> data, uint room)
    {
        if (data.Length > room)
        {
            data = data[..(int)room];
        }

        Errno error = data.IsEmpty ? Errno.None : memory.CopyOut(address, data);
        Span<byte> zeros = stackalloc byte[4096];
        zeros.Clear();
        for (ulong done = (ulong)data.Length; error == Errno.None && done < room; done += (ulong)zeros.Length)
        {
            error = memory.CopyOut(unchecked(address + done), zeros[..(int)Math.Min((ulong)zeros.Length, room - done)]);
        }

        return error;
    }
}
