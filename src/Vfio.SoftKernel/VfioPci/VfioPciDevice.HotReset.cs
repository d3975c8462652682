using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

internal sealed partial class VfioPciDevice
{
    private const uint NotOwned = unchecked((uint)VfioUapi.VFIO_PCI_DEVID_NOT_OWNED);

    // A bus reset needs a bridge above the function; a function on a root bus has none.
    private bool HasBusReset => Model.Location.Bus != 0;

    private IOrderedEnumerable<SoftDevice> AffectedByBusReset => Core.Module.FunctionsOnBus(Model.Location).OrderBy(static device => device.Model.Location.Devfn);

    // vfio_pci_ioctl_get_pci_hot_reset_info.
    private Errno GetHotResetInfo(VfioDeviceFile file, UserArgument argument)
    {
        var info = default(VfioPciHotResetInfo);
        Span<byte> bytes = StructBytes.AsBytes(ref info)[..12];
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (info.Argsz < bytes.Length)
        {
            return Errno.EINVAL;
        }

        if (!HasBusReset)
        {
            return Errno.ENODEV;
        }

        int count = AffectedByBusReset.Count();
        if ((info.Argsz - (uint)bytes.Length) / 8 < count)
        {
            // How many there are is told; the flags are not known yet.
            info.Count = (uint)count;
            info.Flags = 0;
            Errno told = argument.CopyOut(0, bytes);
            return told == Errno.None ? Errno.ENOSPC : told;
        }

        List<VfioPciDependentDevice> devices = [];
        uint flags = 0;
        lock (Core.Set.Lock)
        {
            bool byNode = Core.IsOpenedByNode;
            flags = byNode ? VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID | VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED : 0;
            foreach (SoftDevice affected in AffectedByBusReset)
            {
                if (devices.Count == count)
                {
                    // vfio_pci_fill_devs: one has come since they were counted.
                    return Errno.EAGAIN;
                }

                VfioCoreDevice? device = Core.Set.Devices.Find(member => member.Device == affected);
                if (!byNode && affected.Group is null && device is null)
                {
                    // No IOMMU keeps it from the others.
                    return Errno.EPERM;
                }

                uint id = !byNode ? (uint)(affected.Group?.Id ?? device!.Group.Id) : device is null ? NotOwned : DevIdOf(file, device);
                if (byNode && id == NotOwned)
                {
                    flags &= ~VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;
                }

                devices.Add(new VfioPciDependentDevice
                {
                    Devid = id,
                    Segment = affected.Model.Location.Segment,
                    Bus = affected.Model.Location.Bus,
                    Devfn = affected.Model.Location.Devfn,
                });
            }
        }

        info.Count = (uint)devices.Count;
        info.Flags = flags;
        Span<VfioPciDependentDevice> list = devices.ToArray();
        Errno error = argument.CopyOut(bytes.Length, StructBytes.AsBytes(list));
        return error == Errno.None ? argument.CopyOut(0, bytes) : error;
    }

    // vfio_pci_ioctl_pci_hot_reset.
    private Errno HotReset(VfioDeviceFile file, KernelTask task, UserArgument argument)
    {
        var header = default(VfioPciHotReset);
        Span<byte> bytes = StructBytes.AsBytes(ref header)[..12];
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (header.Argsz < bytes.Length || header.Flags != 0 || (header.Count != 0) == Core.IsOpenedByNode)
        {
            return Errno.EINVAL;
        }

        if (!HasBusReset)
        {
            return Errno.ENODEV;
        }

        Errno error = TakeGroups(task, argument, header.Count, out List<OpenFile> groups);
        if (error == Errno.None)
        {
            error = ResetSet(file, groups);
        }

        foreach (OpenFile group in groups)
        {
            group.Put();
        }

        return error;
    }

    // vfio_pci_ioctl_pci_hot_reset_groups: the caller proves ownership by the groups' files.
    private Errno TakeGroups(KernelTask task, UserArgument argument, uint count, out List<OpenFile> groups)
    {
        groups = [];
        if (count > AffectedByBusReset.Count())
        {
            return Errno.EINVAL;
        }

        // All of them, before one is looked at.
        Span<int> descriptors = new int[count];
        if (argument.CopyIn(12, StructBytes.AsBytes(descriptors)) is not Errno.None and Errno fault)
        {
            return fault;
        }

        foreach (int fd in descriptors)
        {
            if (task.Files.Get(fd) is not { } file)
            {
                return task.IsOpen(fd, Host) ? Errno.EINVAL : Errno.EBADF;
            }

            groups.Add(file);
            if (file is not VfioGroupFile)
            {
                return Errno.EINVAL;
            }
        }

        return Errno.None;
    }

    private Errno ResetSet(VfioDeviceFile file, List<OpenFile> groups)
    {
        lock (Core.Set.Lock)
        {
            // Every function of the bus must be in VFIO's hands, and the caller's.
            if (AffectedByBusReset.Any(affected => !Core.Set.Devices.Exists(member => member.Device == affected)))
            {
                return Errno.EINVAL;
            }

            // Each function's memory is taken without waiting for who has it: a reset of its own, a configuration write.
            var taken = new List<VfioPciDevice>();
            Errno error = Errno.None;
            foreach (VfioCoreDevice device in Core.Set.Devices)
            {
                bool owned = groups.Count != 0
                    ? groups.Exists(group => ((VfioGroupFile)group).Group == device.Group)
                    : DevIdOf(file, device) != NotOwned;
                var function = (VfioPciDevice)device.Driver;
                error = !owned ? Errno.EINVAL : function.TryTakeMemory() ? Errno.None : Errno.EBUSY;
                if (error != Errno.None)
                {
                    break;
                }

                taken.Add(function);
            }

            // pci_try_reset_bus wants the lock of every function.
            if (error == Errno.None && Core.Set.Devices.Exists(static device => device.IsLeaving))
            {
                error = Errno.EAGAIN;
            }

            if (error == Errno.None)
            {
                Thread.Sleep(taken.Max(static function => function._device.ResetTime));
                taken.ForEach(static function => function.ResetState());
            }

            taken.ForEach(static function => function.ReturnMemory());
            return error;
        }
    }

    // vfio_iommufd_get_dev_id: the id in the caller's iommufd, 0 where only the group is bound there, -1 where not even that.
    private static uint DevIdOf(VfioDeviceFile file, VfioCoreDevice device)
    {
        if (device.IommufdDevice is { } bound && bound.Context == file.Iommufd)
        {
            return bound.Id;
        }

        return device.Device.Group is { } group && file.Iommufd?.HasGroup(group) == true
            ? VfioUapi.VFIO_PCI_DEVID_OWNED
            : NotOwned;
    }
}
