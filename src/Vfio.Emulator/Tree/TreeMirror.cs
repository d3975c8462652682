using System.Collections.Concurrent;
using Vfio.Emulator.Remote;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Tree;

/// <summary>
/// The machine's /dev and /sys as files of the host's, which programs list and read without a trap. Brought up to date after every call that
/// may have changed them, before that call returns.
/// </summary>
/// <remarks>The lock guards what stands; under it the machine's files are read.</remarks>
internal sealed class TreeMirror
{
    private const string Dev = "/dev/";
    private const string Sys = "/sys/";
    private const string Proc = "/proc/";

    // What is a process's own, or leads there, the host tells.
    private static readonly string[] s_ofProcess = ["/proc/self", "/proc/net", "/proc/mounts"];

    private readonly Lock _lock = new();
    private readonly SoftMachine _machine;
    private readonly TreeDirectoryCalls _dev;
    private readonly TreeDirectoryCalls _sys;
    private readonly TreeDirectoryCalls _proc;
    private readonly KernelTask _reader;
    private readonly Dictionary<string, Shown> _shown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<FileIdentity, MachineFile> _byFile = new();
    private List<Shown> _changing = [];
    private List<Shown> _overrides = [];
    private long _version = -1;

    /// <summary>Lays out what the program's mounts are made over: directories, and all of /dev. <see cref="Refresh()"/> adds the rest, while the stub mounts.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="dev">The root of /dev.</param>
    /// <param name="sys">The root of /sys.</param>
    /// <param name="proc">The root of what is put over files of /proc.</param>
    /// <param name="reader">Who reads the machine's files.</param>
    public TreeMirror(SoftMachine machine, TreeDirectoryCalls dev, TreeDirectoryCalls sys, TreeDirectoryCalls proc, KernelTask reader)
    {
        _machine = machine;
        _dev = dev;
        _sys = sys;
        _proc = proc;
        _reader = reader;
        foreach (MachineFile file in machine.ListFiles())
        {
            if (IsMirrored(file.Path) && (file.Status.IsDirectory || !file.Path.StartsWith(Sys, StringComparison.Ordinal)))
            {
                Show(file);
            }
        }

        foreach (string kept in HostMounts.KeptOfSys)
        {
            for (int slash = kept.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = kept.IndexOf('/', slash + 1))
            {
                sys.MakeDirectory(kept[..slash], 0x1ED);
            }

            sys.MakeDirectory(kept, 0x1ED);
        }

        Forget();
    }

    /// <summary>The machine's file behind one of the mirror's; null when it is not one of the machine's.</summary>
    public MachineFile? FileOf(FileIdentity identity)
        => identity.Device != _dev.Device && identity.Device != _sys.Device ? null : _byFile.GetValueOrDefault(identity);

    /// <summary>Brings up to date what a call may have changed: names that came or went, and configuration space.</summary>
    public void RefreshChanged()
    {
        if (_machine.FilesVersion != Interlocked.Read(ref _version))
        {
            Refresh();
            return;
        }

        foreach (Shown shown in Volatile.Read(ref _changing))
        {
            if (shown.File.ContentVersion != Interlocked.Read(ref shown.Version))
            {
                lock (_lock)
                {
                    Show(shown.File);
                    Forget();
                }
            }
        }
    }

    /// <summary>
    /// What was put into the functions' driver_override past the machine: "vfio-pci" is eight bytes, and a write of eight is an eventfd's and not trapped.
    /// It is read when a driver is looked for, and when it is asked for: soon enough.
    /// </summary>
    public IReadOnlyList<(string Path, byte[] Text)> ReadOverrides()
    {
        const int Untrapped = 8;
        var written = new List<(string, byte[])>();
        foreach (Shown shown in Volatile.Read(ref _overrides))
        {
            byte[] now = Root(shown.File.Path, out string relative).Read(relative);
            byte[] before = shown.Content;
            if (now.Length == 0 || now.AsSpan().SequenceEqual(before))
            {
                continue;
            }

            // Nobody cuts a file of sysfs off: what stood there before may still follow.
            bool isFollowed = now.Length == before.Length && now.Length > Untrapped && now.AsSpan(Untrapped).SequenceEqual(before.AsSpan(Untrapped));
            written.Add((shown.File.Path, isFollowed ? now[..Untrapped] : now));
        }

        return written;
    }

    /// <summary>Brings one file up to date.</summary>
    public void Refresh(string path)
    {
        lock (_lock)
        {
            if (_shown.TryGetValue(path, out Shown? shown))
            {
                Show(shown.File, asked: true);
                Forget();
            }
        }
    }

    /// <summary>Brings everything up to date.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            Interlocked.Exchange(ref _version, _machine.FilesVersion);
            IReadOnlyList<MachineFile> files = _machine.ListFiles();
            var now = files.Where(static file => IsMirrored(file.Path)).ToDictionary(static file => file.Path, StringComparer.Ordinal);

            // What went, and what another has taken the name of: deepest first.
            foreach ((string path, Shown shown) in _shown.Reverse().ToArray())
            {
                if (!now.TryGetValue(path, out MachineFile? file) || file.Status.Inode != shown.Inode)
                {
                    _byFile.TryRemove(shown.Identity, out _);
                    _shown.Remove(path);
                    Root(path, out string relative).Remove(relative, shown.IsDirectory);
                }
            }

            Forget();

            foreach (MachineFile file in files)
            {
                if (IsMirrored(file.Path))
                {
                    Show(file);
                }
            }

            Volatile.Write(ref _overrides, [.. _shown.Values.Where(static shown => IsOverride(shown.File.Path))]);
            Volatile.Write(ref _changing, [.. _shown.Values.Where(static shown => shown.File.ContentVersion != 0)]);
            Forget();
        }
    }

    private static bool IsMirrored(string path)
        => path.StartsWith(Dev, StringComparison.Ordinal) || path.StartsWith(Sys, StringComparison.Ordinal)
        || (path.StartsWith(Proc, StringComparison.Ordinal) && !Array.Exists(s_ofProcess, own => path == own || path.StartsWith($"{own}/", StringComparison.Ordinal)));

    private void Forget()
    {
        _dev.Forget();
        _sys.Forget();
        _proc.Forget();
    }

    private TreeDirectoryCalls Root(string path, out string relative)
    {
        relative = path[(path.IndexOf('/', 1) + 1)..];
        return path.StartsWith(Dev, StringComparison.Ordinal) ? _dev : path.StartsWith(Sys, StringComparison.Ordinal) ? _sys : _proc;
    }

    /// <summary>A file that is written past the machine.</summary>
    public static bool IsOverride(string path) => path.EndsWith("/driver_override", StringComparison.Ordinal);

    // Asked for, or only with all others: then what is written there and not taken yet stays. Whoever opened it to write may have had the host cut it off (O_TRUNC), which sysfs does not.
    private void Show(MachineFile file, bool asked = false)
    {
        TreeDirectoryCalls root = Root(file.Path, out string relative);
        FileStatus status = file.Status;
        _shown.TryGetValue(file.Path, out Shown? shown);
        byte[] content = [];
        long version = file.ContentVersion;
        ulong inode = 0;
        if (file.LinkTarget is { } target)
        {
            if (shown is null)
            {
                root.MakeLink(relative, target);
            }
        }
        else if (status.IsDirectory)
        {
            if (shown is null)
            {
                root.MakeDirectory(relative, (uint)status.Mode & 0xFFF);
            }
        }
        else if (file.IsNode)
        {
            if (shown is null)
            {
                inode = root.MakeNode(relative, status);
            }
        }
        else
        {
            content = file.Read(_reader);
            if (shown is null || (asked && (file.IsControl || version != 0)) || (file.IsControl && version == 0 && !IsOverride(file.Path)) || !content.AsSpan().SequenceEqual(shown.Content))
            {
                // Registers are replaced where they stand: who reads meanwhile must not find an empty file.
                inode = root.Write(relative, content, (uint)status.Mode & 0xFFF, keepsLength: shown?.Content.Length == content.Length);
            }

            if (shown is null && file.IsResource)
            {
                root.SetLength(relative, status.Size);
            }
        }

        if (shown is null)
        {
            // What is opened to be written is found again by it: no directory, and no link.
            var identity = new FileIdentity(root.Device, inode);
            if (inode != 0)
            {
                _byFile[identity] = file;
            }

            _shown[file.Path] = new Shown(file, status.Inode, identity, status.IsDirectory, content) { Version = version };
        }
        else
        {
            shown.Content = content;
            Interlocked.Exchange(ref shown.Version, version);
        }
    }

    private sealed class Shown(MachineFile file, ulong inode, FileIdentity identity, bool isDirectory, byte[] content)
    {
        // Of its content.
        public long Version;

        public MachineFile File => file;

        public ulong Inode => inode;

        public FileIdentity Identity => identity;

        public bool IsDirectory => isDirectory;

        public byte[] Content { get; set; } = content;
    }
}
