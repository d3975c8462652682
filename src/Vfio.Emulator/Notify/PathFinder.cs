using System.Text.Unicode;
using Vfio.Emulator.Remote;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>Which of the machine's files a program means by a path: looked up where the program is, in its root and its mounts. Linux: fs/namei.c.</summary>
/// <param name="supervisor">What all receivers share.</param>
internal sealed class PathFinder(Supervisor supervisor)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x20000;
    private const int PathMaximum = 4096;

    // RESOLVE_NO_XDEV, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_CACHED.
    private const ulong InOneMount = 1;
    private const ulong WithoutLinks = 4;
    private const ulong Beneath = 8;
    private const ulong InRoot = 0x10;
    private const ulong Cached = 0x20;

    /// <summary>What of the machine a program names; null when that is none of the machine's, with the number where it is a descriptor of the caller's own.</summary>
    /// <param name="call">The call.</param>
    /// <param name="process">Whose.</param>
    /// <param name="directory">Where a path begins that does not at the root.</param>
    /// <param name="address">The path, in the caller's memory.</param>
    /// <param name="buffer">For paths; this thread's.</param>
    /// <param name="flags">What it is to be opened with.</param>
    /// <param name="resolve">How openat2 is to look it up: what does not lead there by these rules is not found, and the host says why.</param>
    /// <param name="descriptor">A descriptor of the caller's own; -1 for none.</param>
    public MachineFile? Find(in Notification call, RemoteProcess process, int directory, ulong address, byte[] buffer, int flags, ulong resolve, out int descriptor)
    {
        const int BaseMaximum = PathMaximum;
        descriptor = -1;
        ReadOnlySpan<byte> path = process.Memory.CopyString(address, buffer.AsSpan(BaseMaximum, PathMaximum));

        // We may look in places that are not in the cache; and to a descriptor a link leads, of the kind that every other rule forbids.
        resolve &= ~Cached;
        if (path.Length <= 1 || (resolve == 0 && IsOwnDescriptor(path, process.Id, out descriptor)))
        {
            return null;
        }

        bool isRelative = path[0] != '/';
        if ((resolve & (Beneath | InRoot)) != 0 || (isRelative && (resolve & InOneMount) != 0))
        {
            return FindFrom(RemoteCalls.OpenDirectory(call.ThreadId, directory == CurrentDirectory ? null : directory), path, flags, resolve);
        }

        if (isRelative)
        {
            int length = ReadDirectory(call.ThreadId, directory, buffer.AsSpan(0, BaseMaximum - 1));
            if (length <= 0 || buffer[0] != '/')
            {
                return null;
            }

            buffer[length++] = (byte)'/';
            path.CopyTo(buffer.AsSpan(length));
            path = buffer.AsSpan(0, length + path.Length);
        }

        // Most opens by far: a file to read that by its name is none of ours. Links elsewhere that lead to one are not followed then.
        if ((flags & (int)(OpenFlags.WriteOnly | OpenFlags.ReadWrite)) == 0 && !CouldBeOurs(path))
        {
            return null;
        }

        // Asked for anew: a program may change its root, and have another mount namespace.
        return FindFrom(ProcessStatus.OpenRoot(supervisor.Host, call.ThreadId), path, flags, InRoot | (resolve & (InOneMount | WithoutLinks)));
    }

    // Closes the directory.
    private MachineFile? FindFrom(int directory, ReadOnlySpan<byte> path, int flags, ulong resolve)
    {
        if (directory < 0)
        {
            return null;
        }

        int place = RemoteCalls.OpenPlace(directory, path, follow: (flags & NoFollow) == 0, resolve);
        supervisor.Host.Close(directory);
        if (place < 0)
        {
            return null;
        }

        bool known = RemoteCalls.Identify(place, out FileIdentity identity) == 0;
        supervisor.Host.Close(place);
        return known && supervisor.Mirror.FileOf(identity) is { LinkTarget: null } found ? found : null;
    }

    // Of an ordinary user each stat of a relative path comes here: nothing is made anew.
    private static int ReadDirectory(int thread, int directory, Span<byte> target)
    {
        Span<byte> link = stackalloc byte[64];
        _ = directory == CurrentDirectory ? Utf8.TryWrite(link, $"/proc/{thread}/cwd\0", out _) : Utf8.TryWrite(link, $"/proc/{thread}/fd/{directory}\0", out _);
        return RemoteCalls.ReadLink(link, target);
    }

    private static bool CouldBeOurs(ReadOnlySpan<byte> path)
        => path.StartsWith("/dev/"u8) || path.StartsWith("/sys/"u8) || path.StartsWith("/proc/"u8) || path.StartsWith("//"u8)
        || path.IndexOf("/../"u8) >= 0 || path.IndexOf("/./"u8) >= 0;

    // As it is written most often; the path ends in a zero.
    private static bool IsOwnDescriptor(ReadOnlySpan<byte> path, int process, out int descriptor)
    {
        Span<byte> own = stackalloc byte[32];
        Utf8.TryWrite(own, $"/proc/{process}/fd/", out int length);
        descriptor = -1;
        ReadOnlySpan<byte> number = path.StartsWith("/proc/self/fd/"u8) ? path["/proc/self/fd/".Length..]
            : path.StartsWith("/dev/fd/"u8) ? path["/dev/fd/".Length..]
            : path.StartsWith("/proc/thread-self/fd/"u8) ? path["/proc/thread-self/fd/".Length..]
            : path.StartsWith(own[..length]) ? path[length..] : default;
        if (System.Buffers.Text.Utf8Parser.TryParse(number, out int parsed, out int used) && used == number.Length - 1 && parsed >= 0)
        {
            descriptor = parsed;
        }

        return descriptor >= 0;
    }

    /// <summary>It names no path: the descriptor beside it is meant (AT_EMPTY_PATH).</summary>
    public static bool IsEmptyPath(RemoteProcess process, ulong address)
    {
        Span<byte> first = stackalloc byte[1];
        return address == 0 || (process.Memory.CopyIn(address, first) == Errno.None && first[0] == 0);
    }
}
