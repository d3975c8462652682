using System.Globalization;
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
    /// <param name="options">A virtual machine, a VF token; null for neither. The token is for binding only.</param>
    /// <returns>The device. Only when it is returned does it own what is not left open; on an exception both stay the caller's.</returns>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static VfioDevice FromDeviceHandle(
        VfioFileHandle device,
        IommufdContext iommufd,
        PciAddress address,
        uint? boundDeviceId = null,
        Ioas? ioas = null,
        bool leaveDeviceOpen = false,
        bool leaveIommufdOpen = false,
        OpenOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(iommufd);
        KvmRegistration? registration = KvmRegistration.Add(options?.Kvm, device);
        VfioDevice opened;
        try
        {
            uint deviceId = boundDeviceId ?? iommufd.BindDevice(device, options?.VfToken);
            opened = Attach(device, iommufd, address, deviceId, ioas, leaveDeviceOpen, leaveIommufdOpen);
            opened._registration = registration;
        }
        catch
        {
            registration?.Dispose();
            throw;
        }

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
    /// <param name="options">A virtual machine, a VF token; null for neither.</param>
    /// <returns>The device. Only when it is returned does it own what is not left open; on an exception both stay the caller's.</returns>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static VfioDevice FromGroup(
        VfioGroup group,
        VfioContainer container,
        PciAddress address,
        bool leaveGroupOpen = false,
        bool leaveContainerOpen = false,
        OpenOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(container);
        bool joins = !group.GetStatus().HasFlag(GroupStatus.InContainer);
        if (joins)
        {
            group.SetContainer(container.Handle);
        }

        bool isOwn = false;
        KvmRegistration? registration = null;
        VfioDevice opened;
        try
        {
            if (!container.HasIommu())
            {
                container.SetIommu();
                isOwn = joins;
            }

            registration = KvmRegistration.Add(options?.Kvm, group.Handle);
            opened = InGroup(group.OpenDevice(address, options?.VfToken), group, container, address, leaveGroupOpen, leaveContainerOpen);
            opened._registration = registration;
        }
        catch
        {
            registration?.Dispose();
            if (joins)
            {
                TryTo(group.UnsetContainer);
            }

            throw;
        }

        opened.Coherency = CoherencyQuestion.Ask(container, isOwn);
        opened.LookWhetherMemoryIsReachable();
        return opened;
    }

    /// <summary>open, [KVM], open, BIND, IOAS_ALLOC, ATTACH: nothing else, so that the sequence can be weighed. Coherency is not asked yet.</summary>
    internal static VfioDevice OpenByNode(ISystemCalls calls, PciAddress address, string devicePath, string iommufdPath, OpenOptions? options = null)
    {
        VfioFileHandle device = VfioFileHandle.Open(calls, devicePath, OpenFlags.ReadWrite);
        IommufdContext? iommufd = null;
        KvmRegistration? registration = null;
        try
        {
            registration = KvmRegistration.Add(options?.Kvm, device);
            iommufd = new IommufdContext(VfioFileHandle.Open(calls, iommufdPath, OpenFlags.ReadWrite));
            VfioDevice opened = Attach(device, iommufd, address, iommufd.BindDevice(device, options?.VfToken), null, false, false);
            opened._registration = registration;
            return opened;
        }
        catch
        {
            // What KVM holds stays bound.
            registration?.Dispose();
            device.Dispose();
            iommufd?.Dispose();
            throw;
        }
    }

    /// <summary>open, [KVM], open, SET_CONTAINER, SET_IOMMU, GET_DEVICE_FD. Coherency is not asked yet.</summary>
    internal static VfioDevice OpenByGroup(ISystemCalls calls, PciAddress address, string groupPath, string containerPath, OpenOptions? options = null)
    {
        // "/dev/vfio/12", or "/dev/vfio/noiommu-0".
        int? id = int.TryParse(groupPath.AsSpan(groupPath.LastIndexOfAny(['/', '-']) + 1), CultureInfo.InvariantCulture, out int number) ? number : null;
        VfioGroup group = new(VfioFileHandle.Open(calls, groupPath, OpenFlags.ReadWrite), id: id);
        VfioContainer? container = null;
        KvmRegistration? registration = null;
        try
        {
            registration = KvmRegistration.Add(options?.Kvm, group.Handle);
            container = new VfioContainer(VfioFileHandle.Open(calls, containerPath, OpenFlags.ReadWrite));
            group.SetContainer(container.Handle);
            container.SetIommu();
            VfioDevice opened = InGroup(group.OpenDevice(address, options?.VfToken), group, container, address, false, false);
            opened._registration = registration;
            return opened;
        }
        catch
        {
            registration?.Dispose();
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
}
