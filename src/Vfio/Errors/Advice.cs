using System.Globalization;
using Vfio.Uapi;

namespace Vfio;

/// <summary>What to do about a failed call, by call and errno. Plain texts; what the facts of a function add is in <see cref="FailureAdvice"/>.</summary>
internal static class Advice
{
    public const string MissingNode =
        "In a container, pass the node in. Else have devtmpfs mounted on /dev and udev running, or look for a node left by a device that has gone.";

    private const string Unviable = "A kernel driver still holds a function of the IOMMU group, or another process owns the group.";

    private const string Reserved =
        "The IOVA must be a multiple of the page size and lie in the ranges the kernel reports for the IOAS or container; the length must be a multiple of the page size and not 0.";

    private const string Taken = "Something is mapped there already: unmap it first, or let the kernel choose the IOVA.";

    private const string RaiseMemlock = "Raise it (ulimit -l, LimitMEMLOCK= of the service, memlock in limits.conf), or map less.";

    private const string MemlockHint = $"More memory would be locked than RLIMIT_MEMLOCK allows. {RaiseMemlock}";

    private static readonly Dictionary<(string Operation, Errno Errno), string> Texts = new()
    {
        [("open", Errno.EPERM)] = "The permissions allow it but the kernel does not: in a container, allow the device (--device, or the device cgroup); a no-IOMMU group needs CAP_SYS_RAWIO.",
        [("open", Errno.EBUSY)] = "Another process has the group open, or has a device of the group open by its device node. One of them at a time.",
        [("open", Errno.ENODEV)] = "The device has gone, or its driver is being unbound.",
        [("open", Errno.ENXIO)] = "A node is left of a device that has gone. Delete it, or let udev do so.",
        [("open", Errno.EMFILE)] = "This process has as many files open as it may (ulimit -n).",
        [("open", Errno.ENFILE)] = "The machine has as many files open as it may (fs.file-max).",

        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EPERM)] = $"{Unviable} Or its interrupt messages are not isolated: {ForMsiIsolation("iommufd.allow_unsafe_interrupts")}",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EBUSY)] = "Another process has its IOMMU group open by the group interface.",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EINVAL)] = "The device is open in another process or by another descriptor, or the firmware reserves memory for it (RMRR).",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EACCES)] = "It is a virtual function whose VF token was not given.",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EBADF)] = "The iommufd descriptor is closed.",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.EBADFD)] = "The descriptor given as iommufd is none.",
        [("VFIO_DEVICE_BIND_IOMMUFD", Errno.ENODEV)] = "The function is in no IOMMU group, or it has gone.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.EINVAL)] = "The page table does not suit this device, or another function of its group is attached to another one.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.EADDRINUSE)] = "The IOAS has a mapping where this device reserves IOVAs, or one that is not aligned as its IOMMU needs: attach before mapping.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.EFAULT)] = "Memory mapped in the IOAS is no longer there.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.ENOENT)] = "There is no IOAS or page table with that id.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.EBUSY)] = "The device is being reset.",
        [("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.ENOMEM)] = MemlockHint,

        [("VFIO_GROUP_SET_CONTAINER", Errno.EPERM)] = Unviable,
        [("VFIO_GROUP_SET_CONTAINER", Errno.EINVAL)] = "The group has a container already, or the firmware reserves memory for one of its functions (RMRR).",
        [("VFIO_GROUP_SET_CONTAINER", Errno.EBADFD)] = "The descriptor given as container is none.",
        [("VFIO_GROUP_SET_CONTAINER", Errno.ENODEV)] = "The device has gone.",
        [("VFIO_SET_IOMMU", Errno.EPERM)] = $"Its interrupt messages are not isolated: {ForMsiIsolation("vfio_iommu_type1.allow_unsafe_interrupts")}",
        [("VFIO_SET_IOMMU", Errno.ENODEV)] = "The kernel has no type1 IOMMU driver for containers: load the module vfio_iommu_type1.",
        [("VFIO_SET_IOMMU", Errno.EINVAL)] = "The container has no group, or its IOMMU type is set already.",
        [("VFIO_GROUP_GET_DEVICE_FD", Errno.ENODEV)] = "The function is not in this group, or vfio-pci does not hold it.",
        [("VFIO_GROUP_GET_DEVICE_FD", Errno.EINVAL)] = "The group has no container, or the container no IOMMU type yet.",
        [("VFIO_GROUP_GET_DEVICE_FD", Errno.EACCES)] = "It is a virtual function whose VF token was not given.",
        [("VFIO_GROUP_GET_DEVICE_FD", Errno.EBUSY)] = "The device is open by its device node.",

        [("IOMMU_IOAS_MAP", Errno.ENOMEM)] = MemlockHint,
        [("IOMMU_IOAS_MAP", Errno.EINVAL)] = Reserved,
        [("IOMMU_IOAS_MAP", Errno.EEXIST)] = Taken,
        [("IOMMU_IOAS_MAP", Errno.EFAULT)] = "The memory is not there, is not writable though the device may write it, or cannot be pinned.",
        [("IOMMU_IOAS_MAP", Errno.EOVERFLOW)] = "The range wraps around the end of the address space.",
        [("IOMMU_IOAS_MAP", Errno.ENOSPC)] = "No free IOVA range is long enough: unmap something, or map less.",
        [("IOMMU_IOAS_MAP", Errno.ENOENT)] = "There is no IOAS with that id.",
        [("IOMMU_IOAS_MAP_FILE", Errno.ENOTTY)] = "Mapping a file needs Linux 6.14 or later: map its memory instead.",
        [("IOMMU_IOAS_MAP_FILE", Errno.ENOMEM)] = MemlockHint,
        [("IOMMU_IOAS_MAP_FILE", Errno.EINVAL)] = $"{Reserved} The file must be as long as what is mapped of it.",
        [("IOMMU_IOAS_MAP_FILE", Errno.EEXIST)] = Taken,
        [("IOMMU_IOAS_UNMAP", Errno.ENOENT)] = "Nothing is mapped there, or the range would cut a mapping in two.",
        [("IOMMU_HWPT_ALLOC", Errno.EOPNOTSUPP)] = "This IOMMU or kernel does not offer what was asked of the page table.",
        [("IOMMU_HWPT_ALLOC", Errno.EADDRINUSE)] = "The IOAS has mappings that do not suit this IOMMU: allocate the page table before mapping.",
        [("IOMMU_DESTROY", Errno.EBUSY)] = "Something still uses the object: detach the devices and destroy what was made from it first.",
        [("IOMMU_IOAS_COPY", Errno.EPERM)] = "The source is mapped with less access: copy with no more than it has.",
        [("IOMMU_IOAS_COPY", Errno.ENOENT)] = "The source has a hole in the range, or one of the two is no IOAS.",
        [("IOMMU_IOAS_CHANGE_PROCESS", Errno.EINVAL)] = "Something is mapped by its address in a process: map memory as files (MapFile) to hand an iommufd over.",
        [("IOMMU_HWPT_ALLOC", Errno.EINVAL)] = "The parent is no nesting parent, belongs to another IOMMU, or the data is not of its kind.",
        [("IOMMU_HWPT_SET_DIRTY_TRACKING", Errno.EOPNOTSUPP)] = "Allocate the page table with HwptOptions.DirtyTracking; GetHardwareInfo tells whether the IOMMU can.",
        [("IOMMU_HWPT_GET_DIRTY_BITMAP", Errno.EOPNOTSUPP)] = "Allocate the page table with HwptOptions.DirtyTracking; GetHardwareInfo tells whether the IOMMU can.",
        [("IOMMU_VDEVICE_ALLOC", Errno.EEXIST)] = "The device is known to a vIOMMU already, or the guest's id is another's.",
        [("KVM_CREATE_DEVICE", Errno.EBUSY)] = "The machine has its VFIO device: use that one.",
        [("KVM_CREATE_DEVICE", Errno.ENODEV)] = "The kernel's KVM was built without VFIO (CONFIG_KVM_VFIO).",
        [("KVM_SET_DEVICE_ATTR(FILE_ADD)", Errno.EIO)] = "Only the process that made the virtual machine may add files to it.",
        [("KVM_SET_DEVICE_ATTR(FILE_ADD)", Errno.EINVAL)] = "Only files of VFIO groups and devices can be added.",
        [("KVM_SET_DEVICE_ATTR(FILE_DEL)", Errno.ENOENT)] = "The file is not in the machine; it is known by its open file, not by the device.",
        [("VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", Errno.ENODEV)] = "Neither its slot nor its bus can be reset: it is on a root bus.",
        [("VFIO_DEVICE_FEATURE(DmaBuf)", Errno.ENOTTY)] = "Exporting BARs needs Linux 6.19 or later with CONFIG_VFIO_PCI_DMABUF.",
        [("VFIO_DEVICE_FEATURE(LowPowerEntry)", Errno.EINVAL)] = "It is in low power already: end that first.",
        [("VFIO_DEVICE_FEATURE(MigrationState)", Errno.EINVAL)] = "There is no way from the present state to that one.",
        [("VFIO_IOMMU_DIRTY_PAGES(START)", Errno.EACCES)] = "Dirty pages need type1 of version 2.",
        [("VFIO_IOMMU_MAP_DMA", Errno.ENOMEM)] = MemlockHint,
        [("VFIO_IOMMU_MAP_DMA", Errno.EINVAL)] = Reserved,
        [("VFIO_IOMMU_MAP_DMA", Errno.EEXIST)] = Taken,
        [("VFIO_IOMMU_MAP_DMA", Errno.EFAULT)] = "The memory is not there, is not writable though the device may write it, or cannot be pinned.",
        [("VFIO_IOMMU_MAP_DMA", Errno.EOVERFLOW)] = "The range wraps around the end of the address space.",
        [("VFIO_IOMMU_MAP_DMA", Errno.ENOSPC)] = "The container has as many mappings as it may: map larger ranges, or raise vfio_iommu_type1.dma_entry_limit.",
        [("VFIO_IOMMU_UNMAP_DMA", Errno.EINVAL)] = "The range would cut a mapping in two: unmap it as it was mapped.",

        [("VFIO_DEVICE_SET_IRQS", Errno.EINVAL)] = "The device has not that many vectors, or another kind of interrupt is on: switch that off first.",
        [("VFIO_DEVICE_SET_IRQS", Errno.ENOSPC)] = "The machine has not enough interrupt vectors left: ask for fewer.",
        [("VFIO_DEVICE_RESET", Errno.EINVAL)] = "The device has no reset of its own.",
        [("VFIO_DEVICE_RESET", Errno.ENOTTY)] = "The device has no reset of its own.",
        [("VFIO_DEVICE_RESET", Errno.EAGAIN)] = "The device is locked at the moment (a configuration access or another reset): try again.",

        [("write", Errno.EACCES)] = "Binding and unbinding need root.",
        [("write", Errno.EPERM)] = "Binding and unbinding need root; kernel lockdown can forbid them too.",
    };

    /// <summary>Empty where nothing is known.</summary>
    public static string For(string operation, Errno errno, string path)
    {
        if (path.Contains("/sys/", StringComparison.Ordinal) && ForSysfs(errno, path) is { } sysfs)
        {
            return sysfs;
        }

        return operation == "open" && ForNode(errno, path) is { } node
            ? node
            : Texts.GetValueOrDefault((operation, errno), string.Empty);
    }

    /// <summary>A mapping failed with ENOMEM: how much may be locked, and how much is needed.</summary>
    /// <param name="limitBytes">RLIMIT_MEMLOCK; null for none, when memory itself is short.</param>
    /// <param name="neededBytes">What the mappings pin.</param>
    public static string ForMemlock(ulong? limitBytes, ulong neededBytes)
        => limitBytes is not { } limit
            ? string.Create(CultureInfo.InvariantCulture, $"{neededBytes / 1024} KiB are needed; no limit on locked memory is set, so the machine is short of memory.")
            : string.Create(CultureInfo.InvariantCulture,
                $"RLIMIT_MEMLOCK is {limit / 1024} KiB; {neededBytes / 1024} KiB are needed, besides what is locked already (with iommufd, by all of this user's processes). {RaiseMemlock}");

    /// <summary>Names the parameter last, with what it opens up.</summary>
    public static string ForMsiIsolation(string parameter)
        => "Turn on interrupt remapping: in the firmware (VT-d or AMD-Vi with interrupt remapping), without intremap=off or nointremap on the kernel's command line, "
            + "or from the hypervisor (QEMU: -device intel-iommu,intremap=on). "
            + $"Only where that cannot be had does {parameter}=1 on the kernel's command line make the kernel go on without. "
            + "Its risk: the device, and so any program that drives it, can raise any interrupt of this machine and take over the kernel; it lifts the protection for every device.";

    private static string? ForSysfs(Errno errno, string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        return errno switch
        {
            Errno.EACCES or Errno.EPERM => "Binding and unbinding need root.",
            Errno.EROFS => "/sys is mounted read-only, as in most containers: bind outside of it.",
            Errno.ENOENT when path.Contains("/drivers/vfio-pci", StringComparison.Ordinal) => "The driver vfio-pci is not loaded: modprobe vfio-pci",
            Errno.ENOENT when name == "devices" => "The kernel shows no PCI bus, or /sys is not mounted.",
            Errno.EBUSY => "The device is being bound or unbound by somebody else: try again.",
            Errno.ENODEV when name == "unbind" => "The driver has let go of the device already.",
            _ => null,
        };
    }

    private static string? ForNode(Errno errno, string path) => errno switch
    {
        Errno.EACCES => ForPermission(path),
        Errno.ENOENT when path.Contains("/dev/vfio/devices", StringComparison.Ordinal) =>
            "Device nodes need Linux 6.6 or later with CONFIG_VFIO_DEVICE_CDEV; and the function must be bound to vfio-pci.",
        Errno.ENOENT when path.EndsWith("/dev/iommu", StringComparison.Ordinal) =>
            "The kernel needs CONFIG_IOMMUFD; where it is a module: modprobe iommufd",
        Errno.ENOENT when path.EndsWith("/dev/vfio/vfio", StringComparison.Ordinal) =>
            "The container needs the module vfio (modprobe vfio vfio_iommu_type1), or CONFIG_IOMMUFD_VFIO_CONTAINER.",
        Errno.ENOENT when path.Contains("/dev/vfio/", StringComparison.Ordinal) =>
            "A group's node is there while a function of it is bound to vfio-pci, on kernels with CONFIG_VFIO_GROUP.",
        _ => null,
    };

    // The subsystems are those of the class devices: vfio-dev/vfioN, vfio/N, misc/iommu, misc/vfio.
    private static string? ForPermission(string path)
    {
        string? match = path.Contains("/dev/vfio/devices/", StringComparison.Ordinal) ? "SUBSYSTEM==\"vfio-dev\""
            : path.EndsWith("/dev/iommu", StringComparison.Ordinal) ? "KERNEL==\"iommu\", SUBSYSTEM==\"misc\""
            : path.EndsWith("/dev/vfio/vfio", StringComparison.Ordinal) ? "KERNEL==\"vfio\", SUBSYSTEM==\"misc\""
            : path.Contains("/dev/vfio/", StringComparison.Ordinal) ? "SUBSYSTEM==\"vfio\""
            : null;
        return match is null
            ? null
            : $"As root: a udev rule {match}, GROUP=\"vfio\", MODE=\"0660\" in /etc/udev/rules.d/70-vfio.rules, "
                + "groupadd --system vfio, usermod -aG vfio USER, udevadm control --reload, udevadm trigger; then log in again.";
    }
}
