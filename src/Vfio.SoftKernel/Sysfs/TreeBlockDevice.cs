using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A block device's node: which disk a mount or a swap stands on is told by its numbers. No disk is played behind it.</summary>
/// <param name="fileSystem">devtmpfs.</param>
/// <param name="permissions">Its mode.</param>
/// <param name="major">Major number.</param>
/// <param name="minor">Minor number.</param>
internal sealed class TreeBlockDevice(TreeFileSystem fileSystem, ushort permissions, uint major, uint minor) : TreeNode(fileSystem, permissions)
{
    /// <inheritdoc/>
    public override ushort Type => 0x6000;

    /// <inheritdoc/>
    public override FileStatus Status => base.Status with { NodeMajor = major, NodeMinor = minor };
}
