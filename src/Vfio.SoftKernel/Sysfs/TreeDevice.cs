using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A character device.</summary>
/// <param name="fileSystem">devtmpfs.</param>
/// <param name="permissions">Its mode.</param>
/// <param name="major">Major number.</param>
/// <param name="minor">Minor number.</param>
/// <param name="open">fops->open.</param>
internal sealed class TreeDevice(
    TreeFileSystem fileSystem, ushort permissions, uint major, uint minor, Func<KernelTask, OpenFlags, OpenResult> open)
    : TreeNode(fileSystem, permissions)
{
    /// <inheritdoc/>
    public override ushort Type => 0x2000;

    /// <inheritdoc/>
    public override FileStatus Status => base.Status with { NodeMajor = major, NodeMinor = minor };

    /// <summary>chrdev_open.</summary>
    public OpenResult Open(KernelTask task, OpenFlags flags) => open(task, flags);
}
