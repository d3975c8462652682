using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A place in the tree: struct inode and its name.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="permissions">Its mode's low twelve bits.</param>
internal abstract class TreeNode(TreeFileSystem fileSystem, ushort permissions)
{
    /// <summary>Its name in <see cref="Parent"/>.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The directory it is in; null when it is the root or was taken away.</summary>
    public TreeDirectory? Parent { get; private set; }

    /// <summary>Where it is.</summary>
    public TreeFileSystem FileSystem { get; } = fileSystem;

    /// <summary>stx_ino.</summary>
    public ulong Inode { get; } = fileSystem.NextInode();

    /// <summary>Permission bits.</summary>
    public ushort Permissions { get; } = permissions;

    /// <summary>S_IFMT: what kind it is.</summary>
    public abstract ushort Type { get; }

    /// <summary>st_size.</summary>
    public virtual ulong Size => 0;

    /// <summary>What stat says.</summary>
    public virtual FileStatus Status => new()
    {
        Mode = (ushort)(Type | Permissions),
        UserId = FileSystem.Owner,
        GroupId = FileSystem.Owner,
        Inode = Inode,
        Size = Size,
        DeviceMinor = FileSystem.DeviceMinor,
    };

    /// <summary>DT_* of getdents.</summary>
    public byte DirectoryEntryType => (byte)(Type >> 12);

    /// <summary>Absolute path; what readlink -f gives for it.</summary>
    public string Path => Parent is null ? Name : $"{Parent.Path}/{Name}";

    /// <summary>It, or a directory it is in, was taken away.</summary>
    public bool IsGone
    {
        get
        {
            TreeNode top = this;
            while (top.Parent is { } parent)
            {
                top = parent;
            }

            return top.Name.Length > 0;
        }
    }

    /// <summary>inode_permission: everything here belongs to one user; root may all, and others have the last three bits.</summary>
    public Errno Permit(Credentials credentials, AccessMode mode)
    {
        int wanted = (int)mode;
        int granted = credentials.UserId == 0
            ? ((int)AccessMode.Read | (int)AccessMode.Write | (Type == TreeDirectory.DirectoryType || (Permissions & 0x49) != 0 ? 1 : 0))
            : (credentials.UserId == FileSystem.Owner ? Permissions >> 6 : Permissions) & 7;
        return (wanted & ~granted) == 0 ? Errno.None : Errno.EACCES;
    }

    internal void Attach(TreeDirectory parent, string name)
    {
        Parent = parent;
        Name = name;
    }

    internal void Detach() => Parent = null;
}
