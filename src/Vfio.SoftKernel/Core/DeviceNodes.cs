using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The character devices under /dev. Linux: device_create, devtmpfs and chrdev_open.</summary>
internal sealed class DeviceNodes
{
    /// <summary>Adds a node; the directories on the way come with it. <paramref name="mode"/> holds permission bits only.</summary>
    /// <param name="path">Absolute: /dev/vfio/devices/vfio0.</param>
    /// <param name="major">Major number.</param>
    /// <param name="minor">Minor number.</param>
    /// <param name="mode">Permission bits, as 0600.</param>
    /// <param name="open">fops->open.</param>
    public void Add(string path, uint major, uint minor, ushort mode, Func<KernelTask, OpenFlags, OpenResult> open) =>
        throw new NotImplementedException();

    /// <summary>Takes a node away; open files stay open. Directories left empty go too, as in devtmpfs.</summary>
    public void Remove(string path) => throw new NotImplementedException();
}
