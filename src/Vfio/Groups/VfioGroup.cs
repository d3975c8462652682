using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An open /dev/vfio/N: a group of functions that the IOMMU cannot tell apart, opened as one. Only one program, once, may hold it. Each method is one ioctl and
/// names it.
/// </summary>
public sealed class VfioGroup : IDisposable
{
    private readonly bool _leaveOpen;
    private bool _containerSet;
    private bool _disposed;

    /// <summary>Works on a group that somebody else opened.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="leaveOpen">True: <see cref="Dispose"/> does not close <paramref name="handle"/>, it stays the caller's.</param>
    /// <param name="id">The group's number, as sysfs names it, where it is known.</param>
    public VfioGroup(VfioFileHandle handle, bool leaveOpen = false, int? id = null)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handle = handle;
        Id = id;
        _leaveOpen = leaveOpen;
    }

    /// <summary>The open file. Owned by this object unless it was made with leaveOpen.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>The group's number, as sysfs names it; null where whoever opened it did not say.</summary>
    public int? Id { get; }

    /// <summary>Opens a group of <paramref name="host"/> (open).</summary>
    /// <param name="host">The machine.</param>
    /// <param name="groupId">The group's number, as sysfs names it.</param>
    /// <exception cref="VfioException">EBUSY: open already, or one of its devices is bound by its own node. ENOENT: no function of it is driven by VFIO.</exception>
    public static VfioGroup Open(VfioHost host, int groupId)
    {
        ArgumentNullException.ThrowIfNull(host);
        string path = host.PathOf(string.Create(CultureInfo.InvariantCulture, $"/dev/vfio/{groupId}"));
        return new VfioGroup(VfioFileHandle.Open(host.Calls, path, OpenFlags.ReadWrite), id: groupId);
    }

    /// <summary>Whether the group can be used, and whether it is in a container (VFIO_GROUP_GET_STATUS).</summary>
    public GroupStatus GetStatus()
    {
        VfioGroupStatus argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioGroupStatus>() };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GROUP_GET_STATUS, ref argument), nameof(VfioUapi.VFIO_GROUP_GET_STATUS));
        return (GroupStatus)argument.Flags;
    }

    /// <summary>Puts the group in a container (VFIO_GROUP_SET_CONTAINER).</summary>
    /// <param name="container">The container, or an iommufd that stands in for one.</param>
    /// <exception cref="VfioException">EPERM: not viable. EINVAL: in one already. EBADFD: not a container.</exception>
    public void SetContainer(VfioFileHandle container)
    {
        ArgumentNullException.ThrowIfNull(container);
        using HeldDescriptor held = container.Hold();
        int fd = held.Fd;
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GROUP_SET_CONTAINER, ref fd), nameof(VfioUapi.VFIO_GROUP_SET_CONTAINER));
        _containerSet = true;
    }

    /// <summary>Takes the group out of its container (VFIO_GROUP_UNSET_CONTAINER).</summary>
    /// <exception cref="VfioException">EINVAL: in none. EBUSY: a device of it is open.</exception>
    public void UnsetContainer()
    {
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GROUP_UNSET_CONTAINER, 0), nameof(VfioUapi.VFIO_GROUP_UNSET_CONTAINER));
        _containerSet = false;
    }

    /// <summary>Opens a device of the group (VFIO_GROUP_GET_DEVICE_FD).</summary>
    /// <param name="address">The function.</param>
    /// <param name="vfToken">The secret of its physical function, where the function is a virtual one and a secret was set; null for none.</param>
    /// <returns>The open device; the caller's to dispose.</returns>
    /// <exception cref="VfioException">EINVAL: no container, or one without an IOMMU model. EACCES: the token is missing or wrong. ENODEV: no such function in the group, or not driven by VFIO.</exception>
    public VfioFileHandle OpenDevice(PciAddress address, Guid? vfToken = null)
    {
        string name = address.ToString();

        // Linux: vfio_pci_core_match takes "BDF vf_token=UUID".
        string request = vfToken is { } token ? $"{name} vf_token={token}" : name;
        byte[] text = new byte[Encoding.ASCII.GetByteCount(request) + 1];
        Encoding.ASCII.GetBytes(request, text);
        int fd = Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GROUP_GET_DEVICE_FD, text.AsSpan()), nameof(VfioUapi.VFIO_GROUP_GET_DEVICE_FD), name);
        return new VfioFileHandle(Handle.Calls, fd, name);
    }

    /// <summary>
    /// Takes the group out of the container this object put it in, and closes the file unless it was left to its owner. Close its devices first.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        if (_containerSet && !Handle.IsClosed)
        {
            _ = Handle.Ioctl(VfioUapi.VFIO_GROUP_UNSET_CONTAINER, 0);
        }

        if (!_leaveOpen)
        {
            Handle.Dispose();
        }
    }
}
