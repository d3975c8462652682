using System.Diagnostics;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>The machine's /sys, /dev and /proc: directories, links and files, resolved as the kernel's path walk does.</summary>
/// <remarks>
/// Its lock guards which names there are and is a leaf: no file is read, written or opened under it. Nobody but the soft kernel adds or
/// removes names.
/// </remarks>
internal sealed class SoftTree
{
    private const int PathMaximum = 4096;
    private const int NameMaximum = 255;
    private const int LinksMaximum = 40;

    private readonly Lock _lock = new();
    private readonly ISystemCalls _host;
    private readonly TreeDirectory _root;
    private long _version;
    private readonly TreeFileSystem _sys;
    private readonly TreeFileSystem _proc;
    private readonly TreeFileSystem _dev;

    /// <summary>An empty tree.</summary>
    /// <param name="host">Where descriptors come from.</param>
    /// <param name="owner">Whose its files are.</param>
    public SoftTree(ISystemCalls host, uint owner = 0)
    {
        _host = host;
        _sys = new TreeFileSystem("sysfs", 19, owner);
        _proc = new TreeFileSystem("proc", 18, owner);
        _dev = new TreeFileSystem("devtmpfs", 7, owner);
        _root = new TreeDirectory(new TreeFileSystem("rootfs", 3, owner));
        _root.TryAdd("dev", new TreeDirectory(_dev));
        _root.TryAdd("proc", new TreeDirectory(_proc, 0x16D));
        _root.TryAdd("sys", new TreeDirectory(_sys));
    }

    /// <summary>Another number after every name that came or went.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Everything there is, directories before what is in them.</summary>
    public IReadOnlyList<TreeNode> ListAll()
    {
        lock (_lock)
        {
            var all = new List<TreeNode> { _root };
            for (int i = 0; i < all.Count; i++)
            {
                if (all[i] is TreeDirectory directory)
                {
                    all.AddRange(directory.Entries);
                }
            }

            all.RemoveAt(0);
            return all;
        }
    }

    /// <summary>The file system that <paramref name="path"/> is on.</summary>
    public TreeFileSystem FileSystemOf(string path)
        => path.StartsWith("/sys/", StringComparison.Ordinal) ? _sys
        : path.StartsWith("/dev/", StringComparison.Ordinal) ? _dev
        : path.StartsWith("/proc/", StringComparison.Ordinal) ? _proc
        : throw new ArgumentException($"{path} is in none of /sys, /dev and /proc.", nameof(path));

    /// <summary>Adds a directory and those on the way; one that is there stays.</summary>
    public void AddDirectory(string path)
    {
        lock (_lock)
        {
            MakeDirectory(path);
        }
    }

    /// <summary>Adds a node, with the directories on the way.</summary>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    public void Add(string path, TreeNode node)
    {
        if (!TryAdd(path, node))
        {
            throw new InvalidOperationException($"{path} is there already.");
        }
    }

    /// <summary>Adds a text that others may write too.</summary>
    public void AddText(string path, ushort permissions, Func<string>? show, Func<string, Errno>? store = null)
        => Add(path, new AttributeFile(FileSystemOf(path), permissions, show, store));

    /// <summary>As <see cref="AddText"/>, of a name that others may have taken: false then.</summary>
    public bool TryAddText(string path, ushort permissions, Func<string>? show) => TryAdd(path, new AttributeFile(FileSystemOf(path), permissions, show, null));

    /// <summary>Adds a link to another absolute path; its text is relative, as sysfs's are.</summary>
    public void AddLink(string path, string target)
        => Add(path, new TreeLink(FileSystemOf(path), TreeLink.Relative(path[..path.LastIndexOf('/')], target)));

    /// <summary>Takes an entry away with everything in it. Not there: nothing happens.</summary>
    public void Remove(string path)
    {
        lock (_lock)
        {
            int slash = path.LastIndexOf('/');
            if (FindDirectory(path[..slash]) is { } directory)
            {
                Interlocked.Increment(ref _version);
                directory.Remove(path[(slash + 1)..]);
            }
        }
    }

    /// <summary>As <see cref="Remove"/>, and the directories on the way that are left empty go too. Linux: drivers/base/devtmpfs.c delete_path.</summary>
    public void RemoveWithEmptyParents(string path)
    {
        lock (_lock)
        {
            string name = path;
            Interlocked.Increment(ref _version);
            while (name.LastIndexOf('/') is > 0 and int slash)
            {
                TreeDirectory? directory = FindDirectory(name[..slash]);
                directory?.Remove(name[(slash + 1)..]);
                name = name[..slash];
                if (directory is null || directory.Entries.Count > 0)
                {
                    break;
                }
            }
        }
    }

    /// <summary>What is in a directory as getdents tells it: ".", "..", then the names.</summary>
    public IReadOnlyList<(string Name, ulong Inode, byte Type)> List(TreeDirectory directory)
    {
        lock (_lock)
        {
            var entries = new List<(string, ulong, byte)>(directory.Entries.Count + 2)
            {
                (".", directory.Inode, directory.DirectoryEntryType),
                ("..", (directory.Parent ?? directory).Inode, directory.DirectoryEntryType),
            };
            entries.AddRange(directory.Entries.Select(entry => (entry.Name, entry.Inode, entry.DirectoryEntryType)));
            return entries;
        }
    }

    /// <summary>Is <paramref name="path"/> ours to answer? Looked at as text: its first component is sys, dev or proc.</summary>
    public static bool Covers(string path)
    {
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> component = path.AsSpan()[range];
            if (component is not ("" or "." or ".."))
            {
                return component is "sys" or "dev" or "proc";
            }
        }

        return false;
    }

    /// <summary>path_lookupat: the node at <paramref name="path"/>.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="followLast">A link at the end is followed too.</param>
    /// <param name="node">What is there.</param>
    public Errno Find(string path, bool followLast, out TreeNode? node)
    {
        node = null;
        if (path.Length == 0)
        {
            return Errno.ENOENT;
        }

        if (Encoding.UTF8.GetByteCount(path) >= PathMaximum)
        {
            return Errno.ENAMETOOLONG;
        }

        lock (_lock)
        {
            int links = 0;
            return Walk(_root, path, followLast, ref links, out node);
        }
    }

    /// <summary>openat.</summary>
    public OpenResult Open(KernelTask task, string path, OpenFlags flags, out TreeNode? node)
    {
        Errno error = Find(path, followLast: true, out node);
        return error == Errno.None ? Open(task, node!, flags) : error;
    }

    /// <summary>do_open, of a node that may have lost its name.</summary>
    public OpenResult Open(KernelTask task, TreeNode node, OpenFlags flags)
    {
        bool reads = (flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) is not OpenFlags.WriteOnly;
        bool writes = (flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) != 0;
        if ((flags & OpenFlags.Directory) != 0 && node is not TreeDirectory)
        {
            return Errno.ENOTDIR;
        }

        if (node is TreeDirectory && writes)
        {
            return Errno.EISDIR;
        }

        Errno error = node.Permit(task.Credentials, (reads ? AccessMode.Read : 0) | (writes ? AccessMode.Write : 0));
        if (error != Errno.None)
        {
            return error;
        }

        switch (node)
        {
            case TreeDirectory directory:
                return new TreeDirectoryHandle(this, _host, directory);
            case TreeDevice device:
                return device.Open(task, flags);
            case TreeBlockDevice:
                // block/bdev.c blkdev_get_no_open finds nothing.
                return Errno.ENXIO;
            case TreeFile { IsGone: true }:
                // kernfs_fop_open.
                return Errno.ENODEV;
            case TreeFile file when file.FileSystem.ModeBindsRoot && ((reads && !file.CanRead) || (writes && !file.CanWrite)):
                return Errno.EACCES;
            case TreeFile file:
                return new TreeFileHandle(_host, file);
            default:
                throw new UnreachableException($"{node.Path}: a link was not followed.");
        }
    }

    private Errno Walk(TreeDirectory start, string path, bool followLast, ref int links, out TreeNode? found)
    {
        found = null;
        TreeNode at = path.StartsWith('/') ? _root : start;
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool wantsDirectory = path.EndsWith('/');
        for (int i = 0; i < components.Length; i++)
        {
            string component = components[i];
            if (at is not TreeDirectory directory)
            {
                return Errno.ENOTDIR;
            }

            if (component == ".")
            {
                continue;
            }

            if (component == "..")
            {
                at = directory.Parent ?? directory;
                continue;
            }

            if (Encoding.UTF8.GetByteCount(component) > NameMaximum)
            {
                return Errno.ENAMETOOLONG;
            }

            if (directory.Find(component) is not { } next)
            {
                return Errno.ENOENT;
            }

            bool last = i == components.Length - 1;
            if (next is TreeLink link && (!last || followLast || wantsDirectory))
            {
                if (++links > LinksMaximum)
                {
                    return Errno.ELOOP;
                }

                Errno error = Walk(directory, link.Target, followLast: true, ref links, out TreeNode? target);
                if (error != Errno.None)
                {
                    return error;
                }

                next = target!;
            }

            at = next;
        }

        if (wantsDirectory && at is not TreeDirectory)
        {
            return Errno.ENOTDIR;
        }

        found = at;
        return Errno.None;
    }

    private bool TryAdd(string path, TreeNode node)
    {
        lock (_lock)
        {
            int slash = path.LastIndexOf('/');
            return MakeDirectory(path[..slash]).TryAdd(path[(slash + 1)..], node);
        }
    }

    private TreeDirectory MakeDirectory(string path)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        Interlocked.Increment(ref _version);
        TreeDirectory at = _root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            TreeNode? next = at.Find(name);
            if (next is null)
            {
                next = new TreeDirectory(at.FileSystem);
                at.TryAdd(name, next);
            }

            at = next as TreeDirectory ?? throw new InvalidOperationException($"{path}: {name} is not a directory.");
        }

        return at;
    }

    private TreeDirectory? FindDirectory(string path)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        TreeNode? at = _root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = (at as TreeDirectory)?.Find(name);
        }

        return at as TreeDirectory;
    }
}
