using System.Runtime.InteropServices;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Emulator.Stub;

/// <summary>A child process that shares everything this one was given: streams, terminal, environment, descriptors.</summary>
internal static unsafe partial class ChildProcess
{
    /// <summary>posix_spawnp: its process id, or a negative errno.</summary>
    public static int Start(IReadOnlyList<string> command)
    {
        // Sound: the words live until the child has them, and the array ends in null, as environ does.
        byte** words = (byte**)NativeMemory.AllocZeroed((nuint)(command.Count + 1), (nuint)sizeof(byte*));
        try
        {
            for (int i = 0; i < command.Count; i++)
            {
                byte[] text = Encoding.UTF8.GetBytes(command[i]);
                words[i] = (byte*)NativeMemory.AllocZeroed((nuint)text.Length + 1);
                text.CopyTo(new Span<byte>(words[i], text.Length));
            }

            nint libc = NativeLibrary.Load("libc.so.6");
            byte** environment = *(byte***)NativeLibrary.GetExport(libc, "environ");
            int child;
            int error = posix_spawnp(&child, words[0], null, null, words, environment);
            return error == 0 ? child : -error;
        }
        finally
        {
            for (int i = 0; i < command.Count; i++)
            {
                NativeMemory.Free(words[i]);
            }

            NativeMemory.Free(words);
        }
    }

    /// <summary>Waits for a child to end, and reaps orphans meanwhile: its exit status, or 128 and the signal that killed it, as shells say.</summary>
    public static int Wait(int child)
    {
        // Sound: a local does not move.
        int status;
        int result;
        do
        {
            result = waitpid(-1, &status, 0);
        }
        while (result >= 0 ? result != child : Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        const int Lost = 1;
        return result != child ? Lost : (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
    }

    /// <summary>Children whose parents are gone become this process's, so that they stay within its reach, and are reaped here.</summary>
    public static void AdoptOrphans()
    {
        const int SubReaper = 36;
        _ = prctl(SubReaper, 1, 0, 0, 0);
    }

    /// <summary>Reaps who has ended.</summary>
    public static void ReapOrphans()
    {
        // Sound: as in Wait.
        int status;
        while (waitpid(-1, &status, 1) > 0)
        {
        }
    }

    /// <summary>kill.</summary>
    public static void Signal(int process, int signal) => _ = kill(process, signal);

    /// <summary>geteuid.</summary>
    public static uint UserId => geteuid();

    [LibraryImport("libc")]
    private static partial int posix_spawnp(int* pid, byte* file, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
