namespace Vfio.SoftKernel.Sysfs;

/// <summary>The file system a node is on, as far as its answers differ.</summary>
/// <param name="name">sysfs, proc or devtmpfs.</param>
/// <param name="deviceMinor">Minor number of its anonymous device, as in the recorded guest.</param>
/// <param name="owner">Whose its files are.</param>
internal sealed class TreeFileSystem(string name, uint deviceMinor, uint owner)
{
    private long _lastInode;

    /// <summary>Its name in /proc/filesystems.</summary>
    public string Name { get; } = name;

    /// <summary>Minor number of its anonymous device.</summary>
    public uint DeviceMinor { get; } = deviceMinor;

    /// <summary>Whose its files are.</summary>
    public uint Owner { get; } = owner;

    /// <summary>Opening a file for an operation that it lacks is EACCES, even for root. Linux: fs/kernfs/file.c kernfs_fop_open, KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK.</summary>
    public bool ModeBindsRoot => Name == "sysfs";

    /// <summary>A number no other node of it has.</summary>
    public ulong NextInode() => (ulong)Interlocked.Increment(ref _lastInode);
}
