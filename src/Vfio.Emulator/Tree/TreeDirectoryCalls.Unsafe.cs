using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Tree;

/// <summary>
/// One of the file systems a program sees, by the descriptor of its root; paths are relative to it. A program that owns it may have put anything
/// there: no link is followed, no other mount entered and nothing waited for, so that what is written is in this file system or nowhere.
/// </summary>
// Sound: the only memory handed over is pinned, or on the stack, for the call.
internal sealed unsafe partial class TreeDirectoryCalls
{
    private const ulong PathOnly = 0x280000;
    private const ulong NoFollow = 0x20000;
    private const ulong OnlyDirectory = 0x10000;

    // What a file that is made is not given of its mode.
    private static readonly uint s_mask = ReadMask();

    private readonly int _root;
    private string? _parentPath;
    private int _parent = -1;

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
        _ = mkdirat(OpenParent(path, out string name), name, mode);
        if ((mode & s_mask) != 0)
        {
            ChangeMode(path, mode);
        }
    }

    /// <summary>symlink.</summary>
    public void MakeLink(string path, string target) => _ = symlinkat(target, OpenParent(path, out string name), name);

    /// <summary>mknod of a character device; a regular file where only the host's root may. The number of the file; 0 when it cannot be made.</summary>
    public ulong MakeNode(string path, in FileStatus status)
    {
        ulong device = (status.NodeMinor & 0xff) | ((ulong)(status.NodeMajor & 0xfff) << 8) | ((ulong)(status.NodeMinor & ~0xffu) << 12);
        uint mode = (uint)status.Mode & 0xFFF;
        int parent = OpenParent(path, out string name);
        if (mknodat(parent, name, status.Mode, device) < 0)
        {
            return Write(path, [], mode);
        }

        if ((mode & s_mask) != 0)
        {
            ChangeMode(path, mode);
        }

        return RemoteCalls.IdentifyIn(parent, name, out FileIdentity identity) < 0 || identity.Device != Device ? 0 : identity.Inode;
    }

    /// <summary>Makes a file, or replaces what is in it; programs that have it open see the new content. Its number; 0 when it cannot be written.</summary>
    public ulong Write(string path, ReadOnlySpan<byte> content, uint mode, bool keepsLength = false)
    {
        const ulong WriteNonBlockingCloseOnExec = 0x80801;
        const ulong CreateExclusively = 0xc0;
        const ulong Truncate = 0x200;
        ulong again = WriteNonBlockingCloseOnExec | NoFollow | (keepsLength ? 0 : Truncate);
        int parent = OpenParent(path, out string name);

        // Whoever makes a file may write it, whatever its mode.
        int fd = Open(parent, name, WriteNonBlockingCloseOnExec | CreateExclusively, mode);
        bool isWhole = fd >= 0 && (mode & s_mask) == 0;
        if (fd < 0)
        {
            fd = Open(parent, name, again, 0);
        }

        if (fd < 0)
        {
            // Its owner may not write it: what the machine says of it is not what binds us.
            ChangeMode(path, mode | 0x80);
            fd = Open(parent, name, again, 0);
        }

        if (fd < 0)
        {
            return 0;
        }

        fixed (byte* bytes = content)
        {
            _ = write(fd, bytes, (nuint)content.Length);
        }

        if (!isWhole)
        {
            _ = fchmod(fd, mode);
        }

        int result = RemoteCalls.Identify(fd, out FileIdentity identity);
        _ = close(fd);
        return result < 0 ? 0 : identity.Inode;
    }

    /// <summary>What is in a file, up to a page; empty where it cannot be read.</summary>
    public byte[] Read(string path)
    {
        const ulong ReadNonBlocking = 0x80800;
        byte[] content = new byte[4096];
        int fd = Open(_root, path, ReadNonBlocking | NoFollow, 0);
        if (fd < 0)
        {
            return [];
        }

        nint length;
        fixed (byte* bytes = content)
        {
            length = read(fd, bytes, (nuint)content.Length);
        }

        _ = close(fd);
        return length <= 0 ? [] : content[..(int)length];
    }

    /// <summary>Gives a file a length, with nothing in it.</summary>
    public void SetLength(string path, ulong length)
    {
        const ulong WriteNonBlocking = 0x80801;
        int fd = Open(OpenParent(path, out string name), name, WriteNonBlocking | NoFollow, 0);
        if (fd >= 0)
        {
            _ = ftruncate(fd, (long)length);
            _ = close(fd);
        }
    }

    /// <summary>Takes an entry away.</summary>
    public void Remove(string path, bool isDirectory) => _ = unlinkat(OpenParent(path, out string name), name, isDirectory ? 0x200 : 0);

    /// <summary>Lets go of the directory that was used last: by the next time a program may have put another in its place.</summary>
    public void Forget()
    {
        if (_parent >= 0)
        {
            _ = close(_parent);
        }

        (_parent, _parentPath) = (-1, null);
    }

    private static uint ReadMask()
    {
        const uint OthersNothing = 0x3F;
        uint mask = umask(OthersNothing);
        _ = umask(mask);
        return mask;
    }

    // -1, which no call takes for a directory, where there is no way to it. Most files stand beside the one before.
    private int OpenParent(string path, out string name)
    {
        int slash = path.LastIndexOf('/');
        name = path[(slash + 1)..];
        string parent = slash < 0 ? "." : path[..slash];
        if (parent != _parentPath)
        {
            Forget();
            _parent = Open(_root, parent, PathOnly | OnlyDirectory, 0);
            _parentPath = parent;
        }

        return _parent;
    }

    // Through the descriptor of what stands there now: a node cannot be opened, and a link's target is not ours.
    private void ChangeMode(string path, uint mode)
    {
        const int CurrentDirectory = -100;
        int fd = Open(OpenParent(path, out string name), name, PathOnly | NoFollow, 0);
        if (fd >= 0)
        {
            _ = fchmodat(CurrentDirectory, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}"), mode, 0);
            _ = close(fd);
        }
    }

    private static int Open(int directory, string path, ulong flags, uint mode)
    {
        // openat2: RESOLVE_NO_XDEV, NO_MAGICLINKS, NO_SYMLINKS, BENEATH.
        const int Openat2 = 437;
        const ulong InHereOnly = 0xF;
        ulong* how = stackalloc ulong[3];
        how[0] = flags;
        how[1] = mode;
        how[2] = InHereOnly;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return (int)syscall(Openat2, directory, (nint)name, (nint)how, 24);
        }
    }

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlinkat(string target, int directory, string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknodat(int directory, string path, uint mode, ulong device);

    [LibraryImport("libc")]
    private static partial nint read(int fd, byte* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial nint write(int fd, byte* bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int ftruncate(int fd, long length);

    [LibraryImport("libc")]
    private static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchmodat(int directory, string path, uint mode, int flags);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int directory, string path, int flags);
}
