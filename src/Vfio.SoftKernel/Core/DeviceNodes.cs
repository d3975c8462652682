using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The character devices under /dev. Linux: drivers/base/devtmpfs.c and chrdev_open.</summary>
/// <param name="tree">Where they appear.</param>
internal sealed class DeviceNodes(SoftTree tree)
{
    /// <summary>Adds a node; the directories on the way come with it. Returns what fstat says of it.</summary>
    /// <param name="path">Absolute: /dev/iommu.</param>
    /// <param name="major">Major number.</param>
    /// <param name="minor">Minor number.</param>
    /// <param name="mode">Permission bits, as 0600.</param>
    /// <param name="open">fops->open.</param>
    public FileStatus Add(string path, uint major, uint minor, ushort mode, Func<KernelTask, OpenFlags, OpenResult> open)
    {
        var node = new TreeDevice(tree.FileSystemOf(path), mode, major, minor, open);
        tree.Add(path, node);
        return node.Status;
    }

    /// <summary>Takes a node away; open files stay open. Directories left empty go too, as in devtmpfs.</summary>
    public void Remove(string path) => tree.RemoveWithEmptyParents(path);
}
