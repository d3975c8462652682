using System.Globalization;
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

    /// <summary>What of the machine a program names; null when that is none of the machine's, with the number where it is a descriptor of the caller's own.</summary>
    public MachineFile? Find(in Notification call, RemoteProcess process, int directory, ulong address, byte[] buffer, int flags, out int descriptor)
    {
        const int BaseMaximum = PathMaximum;
        descriptor = -1;
        ReadOnlySpan<byte> path = process.Memory.CopyString(address, buffer.AsSpan(BaseMaximum, PathMaximum));
        if (path.Length <= 1 || IsOwnDescriptor(path, process.Id, out descriptor))
        {
            return null;
        }

        if (path[0] != '/')
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"/proc/{call.ThreadId}/{(directory == CurrentDirectory ? "cwd" : $"fd/{directory}")}");
            int length = RemoteCalls.ReadLink(at, buffer.AsSpan(0, BaseMaximum - 1));
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
        int root = ProcessStatus.OpenRoot(supervisor.Host, call.ThreadId);
        if (root < 0)
        {
            return null;
        }

        int place = RemoteCalls.OpenUnder(root, path, follow: (flags & NoFollow) == 0);
        supervisor.Host.Close(root);
        if (place < 0)
        {
            return null;
        }

        bool known = RemoteCalls.Identify(place, out FileIdentity identity) == 0;
        supervisor.Host.Close(place);
        return known && supervisor.Mirror.FileOf(identity) is { LinkTarget: null } found ? found : null;
    }

    private static bool CouldBeOurs(ReadOnlySpan<byte> path)
        => path.StartsWith("/dev/"u8) || path.StartsWith("/sys/"u8) || path.StartsWith("/proc/"u8) || path.StartsWith("//"u8) || path.IndexOf("/."u8) >= 0;

    // As it is written most often; the path ends in a zero.
    private static bool IsOwnDescriptor(ReadOnlySpan<byte> path, int process, out int descriptor)
    {
        Span<byte> own = stackalloc byte[32];
        System.Text.Unicode.Utf8.TryWrite(own, $"/proc/{process}/fd/", out int length);
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
