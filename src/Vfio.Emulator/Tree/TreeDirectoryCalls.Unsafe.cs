using System.Runtime.InteropServices;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Tree;

/// <summary>One of the file systems a program sees, by the descriptor of its root; paths are relative to it.</summary>
// Sound: the only memory handed over is a span pinned for the call.
internal sealed unsafe partial class TreeDirectoryCalls
{
    private const int NoFollow = 0x100;

    private readonly int _root;

    /// <summary>Takes over a root's descriptor.</summary>
    public TreeDirectoryCalls(int root)
    {
        _root = root;
        RemoteCalls.Identify(root, out FileIdentity identity);
        Device = identity.Device;
    }

    /// <summary>The device all of its files are on.</summary>
    public ulong Device { get; }

    /// <summary>mkdir.</summary>
    public void MakeDirectory(string path, uint mode)
    {
        _ = mkdirat(_root, path, mode);
        _ = fchmodat(_root, path, mode, 0);
    }

    /// <summary>symlink.</summary>
    public void MakeLink(string path, string target) => _ = symlinkat(target, _root, path);

    /// <summary>mknod of a character device; a regular file where only the host's root may.</summary>
    public void MakeNode(string path, in FileStatus status)
    {
        ulong device = (status.NodeMinor & 0xff) | ((ulong)(status.NodeMajor & 0xfff) << 8) | ((ulong)(status.NodeMinor & ~0xffu) << 12);
        if (mknodat(_root, path, status.Mode, device) < 0)
        {
            Write(path, [], (uint)status.Mode & 0xFFF);
        }

        _ = fchmodat(_root, path, (uint)status.Mode & 0xFFF, 0);
    }

    /// <summary>Makes a file, or replaces what is in it; programs that have it open see the new content.</summary>
    public void Write(string path, ReadOnlySpan<byte> content, uint mode)
    {
        const int CreateWrite = 0x80241;
        int fd = openat(_root, path, CreateWrite, mode | 0x80);
        if (fd < 0)
        {
            // Its owner may not write it: what the machine says of it is not what binds us.
            fchmodat(_root, path, mode | 0x80, 0);
            fd = openat(_root, path, CreateWrite, mode | 0x80);
        }

        if (fd < 0)
        {
            return;
        }

        fixed (byte* bytes = content)
        {
            _ = write(fd, bytes, (nuint)content.Length);
        }

        _ = fchmod(fd, mode);
        _ = close(fd);
    }

    /// <summary>Takes an entry away.</summary>
    public void Remove(string path, bool isDirectory) => _ = unlinkat(_root, path, isDirectory ? 0x200 : 0);

    /// <summary>The number of the file at a path; 0 when there is none.</summary>
    public ulong InodeOf(string path) => RemoteCalls.IdentifyAt(_root, path, NoFollow, out FileIdentity identity) < 0 ? 0 : identity.Inode;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlinkat(string target, int directory, string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknodat(int directory, string path, uint mode, ulong device);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int directory, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial nint write(int fd, byte* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchmodat(int directory, string path, uint mode, int flags);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int directory, string path, int flags);
}
