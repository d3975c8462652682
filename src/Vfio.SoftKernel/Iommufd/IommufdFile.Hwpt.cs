using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
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

        using Borrowed<KernelObject> parent = Objects.Borrow<KernelObject>(command.PtId);
        switch (parent.Value)
        {
            case Ioas ioas:
                return HwptAlloc(call, device.Value, ioas, ref command);
            case Hwpt when (command.Flags & ~(IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID | IommufdUapi.IOMMU_HWPT_ALLOC_PASID)) != 0 || command.DataLen == 0:
                return Errno.EOPNOTSUPP;
            case Hwpt:
                // iommufd_hwpt_nested_alloc: only VT-d's driver nests at all, and no page table here was made to be a parent.
                return device.Value.Device.Unit!.Kind == IommuKind.IntelVtd ? Errno.EINVAL : Errno.EOPNOTSUPP;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno HwptAlloc(IommufdCall call, IommufdDevice device, Ioas ioas, ref IommuHwptAlloc command)
    {
        IommuUserData data = new(call.Task.Memory, command.DataType, command.DataUptr, command.DataLen);
        lock (ioas.HwptLock)
        {
            Errno error = Hwpt.Create(device.Context, ioas, device, command.Flags, data, attach: false, out Hwpt? made);
            if (error != Errno.None)
            {
                return error;
            }

            command.OutHwptId = made!.Id;

            // There are no fault queues, so none has the id.
            error = (command.Flags & IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID) != 0 ? Errno.ENOENT : call.Respond(ref command);
            if (error != Errno.None)
            {
                made.Abort();
                return error;
            }

            made.Publish(automatic: false);
            return Errno.None;
        }
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

        IommuUnit unit = device.Value.Device.Unit!;
        uint wanted = (command.Flags & IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE) != 0 ? command.InDataType : IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT;
        IommuHwInfoVtd vtd = default;
        IommuTestHwInfo mock = default;
        Span<byte> data = StructBytes.AsBytes(ref vtd)[..0];
        command.OutDataType = IommufdUapi.IOMMU_HW_INFO_TYPE_NONE;
        if (unit.Kind == IommuKind.IntelVtd)
        {
            if (wanted is not (IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT or IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD))
            {
                return Errno.EOPNOTSUPP;
            }

            // intel_iommu_hw_info says so of every unit.
            vtd.Flags = IommufdUapi.IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17;
            vtd.CapReg = unit.Cap;
            vtd.EcapReg = unit.Ecap;
            data = StructBytes.AsBytes(ref vtd);
            command.OutDataType = IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD;
        }

        if (unit.Kind == IommuKind.Mock)
        {
            if (wanted is not (IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT or IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST))
            {
                return Errno.EOPNOTSUPP;
            }

            mock.TestReg = IommufdTestUapi.IOMMU_HW_INFO_SELFTEST_REGVAL;
            data = StructBytes.AsBytes(ref mock);
            command.OutDataType = IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST;
        }

        error = CopyOutPadded(call.Task.Memory, command.DataUptr, data, command.DataLen);
        if (error != Errno.None)
        {
            return error;
        }

        command.DataLen = (uint)data.Length;
        command.OutMaxPasidLog2 = 0;
        command.OutCapabilities = IommufdUapi.IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED | (device.Value.Device.CanTrackDirty ? IommufdUapi.IOMMU_HW_CAP_DIRTY_TRACKING : 0UL);
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
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        for (uint done = (uint)data.Length; error == Errno.None && done < room; done += 256)
        {
            error = memory.CopyOut(unchecked(address + done), zeros[..(int)Math.Min(256, room - done)]);
        }

        return error;
    }
}
