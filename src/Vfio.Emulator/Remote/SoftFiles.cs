using System.Collections.Concurrent;
using Vfio.Emulator.Leaks;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>Which of the file space's files are open soft files, and when the last descriptor of each is gone. Linux: the use of struct file.</summary>
/// <remarks>The lock of the closing is outermost of all: a file is released under it, so that who calls next finds it released.</remarks>
/// <param name="space">Where they are.</param>
/// <param name="streams">Those that are streams, which are elsewhere.</param>
internal sealed class SoftFiles(FileSpace space, StreamFiles streams)
{
    private readonly Lock _closing = new();
    private readonly List<(long Id, bool IsOpened)> _events = [];

    // What a program has opened again in a way that is not recognised, as by a name in /proc/self/fd when that is its directory: equal events in a row are told as one,
    // so they are not to be counted.
    private readonly HashSet<SoftOpen> _doubted = [];
    private readonly ConcurrentDictionary<long, SoftOpen> _opens = new();
    private bool _isInDoubt;

    // Opens by inode. Nearly always one: a device opened twice has two.
    private readonly ConcurrentDictionary<ulong, SoftOpen[]> _byInode = new();

    /// <summary>Called when something was closed, before it is released.</summary>
    public Action Closed { get; set; } = static () => { };

    /// <summary>Something may be closed of which no event tells.</summary>
    public bool IsInDoubt => Volatile.Read(ref _isInDoubt);

    /// <summary>Those that are streams.</summary>
    public StreamFiles Streams => streams;

    /// <summary>Who looks for what exits leave; null: nobody.</summary>
    public LeakCheck? Leaks { get; init; }

    /// <summary>A name and a descriptor of ours for a file, whose reference passes to this table; negative errno, and the reference is put.</summary>
    public int Add(OpenFile file, OpenFlags flags, MachineFile? node)
    {
        if (file.IsStream)
        {
            return streams.Add(file, flags);
        }

        int own = file.HostDescriptor;
        long id = 0;
        int error = own < 0 ? own : space.Name(own, out id);
        if (error < 0 || RemoteCalls.Identify(own, out FileIdentity identity) < 0)
        {
            file.Put();
            return error < 0 ? error : -(int)Errno.EMFILE;
        }

        var open = new SoftOpen(id, identity.Inode, file, flags, node);
        _opens[id] = open;
        _byInode.AddOrUpdate(identity.Inode, static (_, one) => [one], static (_, all, one) => [.. all, one], open);
        int opened = space.Open(id, flags);
        if (opened < 0)
        {
            Release(open);
            return opened;
        }

        open.IsOpened = true;
        return opened;
    }

    /// <summary>The soft file behind a thread's descriptor, with a reference taken; null when it is none.</summary>
    /// <param name="identity">Which file it is.</param>
    /// <param name="thread">Its number.</param>
    /// <param name="fd">The descriptor.</param>
    public SoftOpen? Find(FileIdentity identity, int thread, int fd)
    {
        if (identity.Device != space.Device)
        {
            return streams.Find(identity) is { } stream && stream.TryGet() ? stream : null;
        }

        if (!_byInode.TryGetValue(identity.Inode, out SoftOpen[]? opens))
        {
            return null;
        }

        SoftOpen? found = opens[0];
        if (opens.Length > 1)
        {
            found = RemoteCalls.TryGetNumberedName(thread, fd, out long id) ? Array.Find(opens, open => open.Id == id) : null;
        }

        return found is not null && found.TryGet() ? found : null;
    }

    /// <summary>Is it the file space's, be it open or not?</summary>
    public bool Covers(FileIdentity identity) => identity.Device == space.Device;

    /// <summary>As the other, of a mapped file.</summary>
    public bool Covers((uint Major, uint Minor, ulong Inode) file) => DeviceOf(file) == space.Device;

    /// <summary>The soft file behind a mapping, with a reference taken; null when it is none.</summary>
    /// <param name="file">Which file is mapped.</param>
    /// <param name="path">By which name, if it is known: the same device opened twice is two opens.</param>
    public SoftOpen? FindMapped((uint Major, uint Minor, ulong Inode) file, ReadOnlySpan<byte> path)
    {
        if (!Covers(file) || !_byInode.TryGetValue(file.Inode, out SoftOpen[]? opens))
        {
            return null;
        }

        int end = path.IndexOf((byte)0);
        path = end < 0 ? path : path[..end];
        bool isNamed = System.Buffers.Text.Utf8Parser.TryParse(path[(path.LastIndexOf((byte)'/') + 1)..], out long id, out _);
        SoftOpen? found = isNamed ? Array.Find(opens, open => open.Id == id) : opens[0];
        return found is not null && found.TryGet() ? found : null;
    }

    /// <summary>Releases what was closed until now.</summary>
    public void ReleaseClosed()
    {
        lock (_closing)
        {
            IReadOnlyList<ExitingProcess>? gone = Leaks?.FindGone();
            while (space.TryTakeEvents(_events, out bool areLost))
            {
                if (_events.Exists(static one => !one.IsOpened))
                {
                    Closed();
                }

                foreach ((long id, bool isOpened) in _events)
                {
                    if (_opens.TryGetValue(id, out SoftOpen? open))
                    {
                        open.Descriptions += isOpened ? 1 : -1;
                        if (open.Descriptions > 1)
                        {
                            _doubted.Add(open);
                        }
                        else if (open.Descriptions == 0 && !_doubted.Contains(open))
                        {
                            Release(open);
                        }
                    }
                }

                if (areLost)
                {
                    _doubted.UnionWith(_opens.Values);
                }
            }

            if (_doubted.Count > 0)
            {
                ReleaseDoubted();
            }

            Volatile.Write(ref _isInDoubt, _doubted.Count > 0);
            streams.Pump();
            if (gone is not null)
            {
                Leaks?.Forget(gone);
            }
        }
    }

    /// <summary>Nobody is left who could close anything.</summary>
    public void ReleaseAll()
    {
        ReleaseClosed();
        lock (_closing)
        {
            foreach (SoftOpen open in _opens.Values)
            {
                Release(open);
            }
        }
    }

    // Under the closing lock. Of a device opened several times the last close is known, and each before it by its events.
    private void ReleaseDoubted()
        => _doubted.RemoveWhere(open =>
        {
            if (!_opens.ContainsKey(open.Id))
            {
                return true;
            }

            // Before it is opened it is ours alone.
            bool isClosed = open.IsOpened && (FileSpace.IsOpenHereAlone(open.File.HostDescriptor) ?? open.Descriptions <= 0);
            if (isClosed)
            {
                Release(open);
            }

            return isClosed;
        });

    // As FileIdentity has it.
    private static ulong DeviceOf((uint Major, uint Minor, ulong Inode) file) => ((ulong)file.Major << 32) | file.Minor;

    private void Release(SoftOpen open)
    {
        if (!_opens.TryRemove(open.Id, out _))
        {
            return;
        }

        while (_byInode.TryGetValue(open.Inode, out SoftOpen[]? all))
        {
            SoftOpen[] left = [.. all.Where(other => other != open)];
            if (left.Length == 0 ? _byInode.TryRemove(KeyValuePair.Create(open.Inode, all)) : _byInode.TryUpdate(open.Inode, left, all))
            {
                break;
            }
        }

        space.Forget(open.Id);
        Leaks?.Closed(open);
        open.Close();
    }
}
