using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>An open file with its position and access mode, shared by the descriptors that dup made of it. Linux: the rest of struct file.</summary>
/// <param name="file">The file.</param>
/// <param name="flags">What it was opened with.</param>
/// <param name="node">What was opened; null for a file that a call gave.</param>
internal sealed class SoftDescriptor(OpenFile file, OpenFlags flags, TreeNode? node)
{
    private const OpenFlags AccessMask = OpenFlags.WriteOnly | OpenFlags.ReadWrite;

    /// <summary>The file.</summary>
    public OpenFile File { get; } = file;

    /// <summary>f_path: what was opened; null for an anonymous inode.</summary>
    public TreeNode? Node { get; } = node;

    /// <summary>FMODE_READ.</summary>
    public bool CanRead { get; } = (flags & AccessMask) != OpenFlags.WriteOnly;

    /// <summary>FMODE_WRITE.</summary>
    public bool CanWrite { get; } = (flags & AccessMask) != OpenFlags.ReadOnly;

    /// <summary>fd_install: calls find it. Under the table's lock; a number that is only reserved is nobody's.</summary>
    public bool IsPublished { get; set; } = true;

    /// <summary>f_pos_lock.</summary>
    public Lock PositionLock { get; } = new();

    /// <summary>f_pos, under <see cref="PositionLock"/>.</summary>
    public long Position;
}
