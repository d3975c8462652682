using Vfio.Uapi;

namespace Vfio;

// The two ways to an open device, and the question that follows them.
public sealed partial class VfioDevice
{
    /// <summary>
    /// Takes over a device file that somebody else opened by its node, bound or not, together with an iommufd: a broker's descriptors, for example. Binds it
    /// (VFIO_DEVICE_BIND_IOMMUFD) unless it is bound, attaches it (VFIO_DEVICE_ATTACH_IOMMUFD_PT) and asks for coherency.
    /// </summary>
    /// <param name="device">The open /dev/vfio/devices/vfioN.</param>
    /// <param name="iommufd">The iommufd; where the device is bound, the one it is bound to.</param>
    /// <param name="address">The function, for messages.</param>
    /// <param name="boundDeviceId">The id that binding gave; null: it is not bound yet.</param>
    /// <param name="ioas">
    /// The address space to attach to, not owned by the device; null makes one of its own, which is destroyed with it. Attaching moves a device that is attached elsewhere.
    /// </param>
    /// <param name="leaveDeviceOpen">True: disposing resets the device but does not close <paramref name="device"/>; it stays bound and attached, and the caller's.</param>
    /// <param name="leaveIommufdOpen">True: disposing does not dispose <paramref name="iommufd"/>; it stays the caller's.</param>
    /// <returns>The device. Only when it is returned does it own what is not left open; on an exception both stay the caller's.</returns>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static VfioDevice FromDeviceHandle(
        VfioFileHandle device,
        IommufdContext iommufd,
        PciAddress address,
        uint? boundDeviceId = null,
        Ioas? ioas = null,
        bool leaveDeviceOpen = false,
        bool leaveIommufdOpen = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(iommufd);
        uint deviceId = boundDeviceId ?? Bind(device, iommufd);
        VfioDevice opened = Attach(device, iommufd, address, deviceId, ioas, leaveDeviceOpen, leaveIommufdOpen);
        opened.ConfirmCoherency();
        opened.LookWhetherMemoryIsReachable();
        return opened;
    }

    /// <summary>
    /// Takes over a group and a container that somebody else opened, and opens a function of the group (VFIO_GROUP_GET_DEVICE_FD). Puts the group in the container
    /// and chooses type1v2 where that is not done yet.
    /// </summary>
    /// <param name="group">The open group.</param>
    /// <param name="container">The container; where the group is in one, that one.</param>
    /// <param name="address">The function.</param>
    /// <param name="leaveGroupOpen">True: disposing does not dispose <paramref name="group"/>; it stays in the container, and the caller's.</param>
    /// <param name="leaveContainerOpen">True: disposing does not dispose <paramref name="container"/>; it stays the caller's.</param>
    /// <returns>The device. Only when it is returned does it own what is not left open; on an exception both stay the caller's.</returns>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static VfioDevice FromGroup(
        VfioGroup group,
        VfioContainer container,
        PciAddress address,
        bool leaveGroupOpen = false,
        bool leaveContainerOpen = false)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(container);
        bool isOwn = !group.GetStatus().HasFlag(GroupStatus.InContainer);
        if (isOwn)
        {
            group.SetContainer(container.Handle);
        }

        if (!container.HasIommu())
        {
            container.SetIommu();
        }
        else
        {
            isOwn = false;
        }

        VfioFileHandle device = group.OpenDevice(address);
        VfioDevice opened = InGroup(device, group, container, address, leaveGroupOpen, leaveContainerOpen);
        opened.Coherency = CoherencyQuestion.Ask(container, isOwn);
        opened.LookWhetherMemoryIsReachable();
        return opened;
    }

    /// <summary>
    /// Moves the device from the page table it is on to another of its address space (VFIO_DEVICE_ATTACH_IOMMUFD_PT), and asks for <see cref="Coherency"/> again. What is mapped
    /// stays mapped. Keep the page table until the device is disposed: destroying it under the device is EBUSY.
    /// </summary>
    /// <param name="hwpt">Made for this device by <see cref="IommufdContext.AllocateHwpt"/>, of <see cref="Ioas"/>.</param>
    /// <exception cref="InvalidOperationException">It was opened by group: the container chooses its page table.</exception>
    /// <exception cref="ArgumentException">A page table of another address space: the device would not reach what is mapped for it.</exception>
    /// <exception cref="VfioException">EINVAL: the page table does not suit this device.</exception>
    public void Attach(Hwpt hwpt)
    {
        ArgumentNullException.ThrowIfNull(hwpt);
        if (Ioas is not { } space)
        {
            throw new InvalidOperationException($"{Address} was opened by group; only a device opened by its node is attached to a page table.");
        }

        if (hwpt.Context != Iommufd || hwpt.Ioas.Id != space.Id)
        {
            throw new ArgumentException($"The page table translates another address space than that of {Address}.", nameof(hwpt));
        }

        Attach(Handle, hwpt.Id);
        ConfirmCoherency();
    }

    /// <summary>open, open, BIND, IOAS_ALLOC, ATTACH: nothing else, so that the sequence can be weighed. Coherency is not asked yet.</summary>
    internal static VfioDevice OpenByNode(ISystemCalls calls, PciAddress address, string devicePath, string iommufdPath)
    {
        VfioFileHandle device = VfioFileHandle.Open(calls, devicePath, OpenFlags.ReadWrite);
        IommufdContext? iommufd = null;
        try
        {
            iommufd = new IommufdContext(VfioFileHandle.Open(calls, iommufdPath, OpenFlags.ReadWrite));
            return Attach(device, iommufd, address, Bind(device, iommufd), null, false, false);
        }
        catch
        {
            device.Dispose();
            iommufd?.Dispose();
            throw;
        }
    }

    /// <summary>open, open, SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD. Coherency is not asked yet.</summary>
    internal static VfioDevice OpenByGroup(ISystemCalls calls, PciAddress address, string groupPath, string containerPath)
    {
        VfioGroup group = new(VfioFileHandle.Open(calls, groupPath, OpenFlags.ReadWrite));
        VfioContainer? container = null;
        try
        {
            container = new VfioContainer(VfioFileHandle.Open(calls, containerPath, OpenFlags.ReadWrite));
            group.SetContainer(container.Handle);
            container.SetIommu();
            return InGroup(group.OpenDevice(address), group, container, address, false, false);
        }
        catch
        {
            group.Dispose();
            container?.Dispose();
            throw;
        }
    }

    /// <summary>Asks the kernel for coherency, now that the function is attached to an address space of its own.</summary>
    internal void ConfirmCoherency() =>
        Coherency = Ioas is not null
            ? CoherencyQuestion.Ask(Iommufd!, Ioas, _closeAfterDevice.Contains(Ioas))
            : CoherencyQuestion.Ask(Container!, true);

    private static uint Bind(VfioFileHandle device, IommufdContext iommufd)
    {
        bool held = false;
        try
        {
            iommufd.Handle.DangerousAddRef(ref held);

            // Linux 6.12 knows the struct's first 16 bytes only; without a token they are all there is to say.
            VfioDeviceBindIommufd argument = new()
            {
                Argsz = BindArgumentBytes,
                Iommufd = iommufd.Handle.Fd,
            };
            device.Check(device.Ioctl(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, ref argument), nameof(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD));
            return argument.OutDevid;
        }
        finally
        {
            if (held)
            {
                iommufd.Handle.DangerousRelease();
            }
        }
    }

    private static VfioDevice Attach(
        VfioFileHandle device,
        IommufdContext iommufd,
        PciAddress address,
        uint deviceId,
        Ioas? ioas,
        bool leaveDeviceOpen,
        bool leaveIommufdOpen)
    {
        Ioas space = ioas ?? iommufd.AllocateIoas();
        try
        {
            Attach(device, space.Id);
        }
        catch when (ioas is null)
        {
            space.Dispose();
            throw;
        }

        List<IDisposable> owned = [];
        if (ioas is null)
        {
            owned.Add(space);
        }

        if (!leaveIommufdOpen)
        {
            owned.Add(iommufd);
        }

        return new VfioDevice(address, VfioInterface.Device, device, leaveDeviceOpen, space, [.. owned])
        {
            Iommufd = iommufd,
            IommufdDeviceId = deviceId,
            Ioas = space,
        };
    }

    private static void Attach(VfioFileHandle device, uint pageTable)
    {
        VfioDeviceAttachIommufdPt argument = new() { Argsz = AttachArgumentBytes, PtId = pageTable };
        device.Check(device.Ioctl(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, ref argument), nameof(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT));
    }

    private static VfioDevice InGroup(
        VfioFileHandle device,
        VfioGroup group,
        VfioContainer container,
        PciAddress address,
        bool leaveGroupOpen,
        bool leaveContainerOpen)
    {
        List<IDisposable> owned = [];
        if (!leaveGroupOpen)
        {
            owned.Add(group);
        }

        if (!leaveContainerOpen)
        {
            owned.Add(container);
        }

        return new VfioDevice(address, VfioInterface.Group, device, false, container, [.. owned])
        {
            Group = group,
            Container = container,
        };
    }

    /// <summary>Of a device that somebody else had in hand: whether its BARs can be reached through a mapping now. A fresh one has memory decoding on.</summary>
    private void LookWhetherMemoryIsReachable() => TryTo(() => SuspendRegions(!Config.CanReachMemory()));

    // offsetofend(struct vfio_device_bind_iommufd, out_devid) and (struct vfio_device_attach_iommufd_pt, pt_id): what every kernel with a device node knows.
    private const uint BindArgumentBytes = 16;
    private const uint AttachArgumentBytes = 12;
}
