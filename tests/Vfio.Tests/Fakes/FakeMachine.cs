using System.Buffers.Binary;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Tests;

/// <summary>A machine of files, links and device nodes in memory, with hooks on what is written; enough of the system calls to look around in it.</summary>
internal sealed class FakeMachine : ISystemCalls
{
    private readonly Dictionary<string, object> _entries = new(StringComparer.Ordinal) { ["/"] = new Folder() };
    private readonly Dictionary<int, Handle> _open = [];
    private int _nextFd = 3;

    /// <summary>Files that were written, "path text".</summary>
    public List<string> Writes { get; } = [];

    /// <summary>What open answers on a path; no entry: by what is there.</summary>
    public Dictionary<string, Errno> OpenErrors { get; } = new(StringComparer.Ordinal);

    /// <summary>What write answers on a path.</summary>
    public Dictionary<string, Errno> WriteErrors { get; } = new(StringComparer.Ordinal);

    /// <summary>Called after a write, with the real path and the text.</summary>
    public Action<string, string>? OnWrite { get; set; }

    public ulong MemlockLimit { get; set; } = 8 << 20;

    public int OpenCount => _open.Count;

    public VfioHost Host => new(this);

    public FakeMachine File(string path, string text) => Put(path, Encoding.UTF8.GetBytes(text));

    public FakeMachine Bytes(string path, byte[] bytes) => Put(path, bytes);

    public FakeMachine Link(string path, string target) => Put(path, new SymbolicLink(target));

    public FakeMachine Directory(string path) => Put(path, new Folder());

    public FakeMachine CharNode(string path, uint major, uint minor, int mode = 0x180, bool accessible = true)
        => Put(path, new Node(0x2000, major, minor, mode, accessible));

    public FakeMachine BlockNode(string path, uint major, uint minor) => Put(path, new Node(0x6000, major, minor, 0x1B0, true));

    public void Remove(string path)
    {
        foreach (string key in _entries.Keys.Where(key => key == path || key.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
        {
            _entries.Remove(key);
        }
    }

    public int Open(string path, OpenFlags flags)
    {
        if (OpenErrors.TryGetValue(path, out Errno errno))
        {
            return -(int)errno;
        }

        if (Resolve(path, followLast: true) is not { } real || _entries[real] is not { } entry)
        {
            return -(int)Errno.ENOENT;
        }

        if (flags.HasFlag(OpenFlags.Directory) && entry is not Folder)
        {
            return -(int)Errno.ENOTDIR;
        }

        _open[_nextFd] = new Handle(real, entry);
        return _nextFd++;
    }

    public int Close(int fd) => _open.Remove(fd) ? 0 : -(int)Errno.EBADF;

    public nint Read(int fd, Span<byte> buffer)
    {
        Handle handle = _open[fd];
        if (handle.Entry is not byte[] bytes)
        {
            return -(int)Errno.EISDIR;
        }

        int count = Math.Min(buffer.Length, bytes.Length - handle.Position);
        bytes.AsSpan(handle.Position, count).CopyTo(buffer);
        handle.Position += count;
        return count;
    }

    public nint Write(int fd, ReadOnlySpan<byte> buffer)
    {
        Handle handle = _open[fd];
        string text = Encoding.UTF8.GetString(buffer);
        Writes.Add($"{handle.Path} {text.TrimEnd('\n')}");
        if (WriteErrors.TryGetValue(handle.Path, out Errno errno))
        {
            return -(int)errno;
        }

        OnWrite?.Invoke(handle.Path, text);
        return buffer.Length;
    }

    public nint Getdents(int fd, Span<byte> records)
    {
        Handle handle = _open[fd];
        string prefix = handle.Path == "/" ? "/" : handle.Path + "/";
        string[] names = [.. new[] { ".", ".." }.Concat(_entries.Keys
            .Where(key => key.Length > prefix.Length && key.StartsWith(prefix, StringComparison.Ordinal) && key.IndexOf('/', prefix.Length) < 0)
            .Select(key => key[prefix.Length..]))];
        int length = 0;
        while (handle.Position < names.Length)
        {
            byte[] name = Encoding.UTF8.GetBytes(names[handle.Position]);
            int size = (19 + name.Length + 1 + 7) & ~7;
            if (length + size > records.Length)
            {
                break;
            }

            Span<byte> record = records.Slice(length, size);
            record.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (ushort)size);
            name.CopyTo(record[19..]);
            length += size;
            handle.Position++;
        }

        return length;
    }

    public int Stat(string path, out FileStatus status)
    {
        status = default;
        if (Resolve(path, followLast: true) is not { } real)
        {
            return -(int)Errno.ENOENT;
        }

        status = _entries[real] switch
        {
            Node node => new FileStatus { Mode = (ushort)(node.Type | node.Mode), NodeMajor = node.Major, NodeMinor = node.Minor },
            Folder => new FileStatus { Mode = 0x4000 | 0x1ED },
            _ => new FileStatus { Mode = 0x8000 | 0x1A4 },
        };
        return 0;
    }

    public int Access(string path, AccessMode mode)
        => Resolve(path, followLast: true) is not { } real ? -(int)Errno.ENOENT
            : _entries[real] is Node { Accessible: false } ? -(int)Errno.EACCES
            : 0;

    public nint Readlink(string path, Span<byte> target)
    {
        if (Resolve(path, followLast: false) is not { } real)
        {
            return -(int)Errno.ENOENT;
        }

        if (_entries[real] is not SymbolicLink link)
        {
            return -(int)Errno.EINVAL;
        }

        return Encoding.UTF8.GetBytes(link.Target, target);
    }

    public int GetMemlockLimit(out ulong bytes)
    {
        bytes = MemlockLimit;
        return 0;
    }

    public int Dup(int fd) => throw new NotSupportedException();

    public int Ioctl(int fd, uint request, nuint argument) => throw new NotSupportedException();

    public int Ioctl(int fd, uint request, Span<byte> argument) => throw new NotSupportedException();

    public nint Pread(int fd, Span<byte> buffer, long offset) => throw new NotSupportedException();

    public nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => throw new NotSupportedException();

    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) => throw new NotSupportedException();

    public int Munmap(nint address, nuint length) => throw new NotSupportedException();

    public int Madvise(nint address, nuint length, MemoryAdvice advice) => throw new NotSupportedException();

    public int Eventfd(uint initial, EventfdFlags flags) => throw new NotSupportedException();

    public int MemfdCreate(string name, MemfdFlags flags) => throw new NotSupportedException();

    public int Ftruncate(int fd, long length) => throw new NotSupportedException();

    public int AddSeals(int fd, FileSeals seals) => throw new NotSupportedException();

    public int GetSeals(int fd) => throw new NotSupportedException();

    public int Poll(Span<PollFd> fds, int timeoutMilliseconds) => throw new NotSupportedException();

    public int EpollCreate() => throw new NotSupportedException();

    public int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => throw new NotSupportedException();

    public int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => throw new NotSupportedException();

    public int Fstat(int fd, out FileStatus status) => throw new NotSupportedException();

    private FakeMachine Put(string path, object entry)
    {
        // Through links in the parent, as a real tree would have it.
        int slash = path.LastIndexOf('/');
        string parent = slash == 0 ? "/" : path[..slash];
        if (Resolve(parent, followLast: true) is not { } real)
        {
            Put(parent, new Folder());
            real = Resolve(parent, followLast: true)!;
        }

        string key = real == "/" ? "/" + path[(slash + 1)..] : $"{real}/{path[(slash + 1)..]}";
        if (entry is not Folder || !_entries.ContainsKey(key))
        {
            _entries[key] = entry;
        }

        return this;
    }

    private string? Resolve(string path, bool followLast, int depth = 0)
    {
        List<string> parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        string at = string.Empty;
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] == "..")
            {
                at = at.Length == 0 ? string.Empty : at[..at.LastIndexOf('/')];
                continue;
            }

            string next = $"{at}/{parts[i]}";
            if (!_entries.TryGetValue(next, out object? entry))
            {
                return null;
            }

            if (entry is SymbolicLink link && (followLast || i < parts.Count - 1))
            {
                string target = link.Target.StartsWith('/') ? link.Target : $"{at}/{link.Target}";
                string rest = string.Join('/', parts.Skip(i + 1));
                return depth > 20 ? null : Resolve(rest.Length == 0 ? target : $"{target}/{rest}", followLast, depth + 1);
            }

            at = next;
        }

        return at.Length == 0 ? "/" : at;
    }

    private sealed class Folder;

    private sealed record SymbolicLink(string Target);

    private sealed record Node(int Type, uint Major, uint Minor, int Mode, bool Accessible);

    private sealed record Handle(string Path, object Entry)
    {
        public int Position { get; set; }
    }
}
