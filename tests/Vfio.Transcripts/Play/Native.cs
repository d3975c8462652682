using System.Globalization;
using System.Runtime.InteropServices;

namespace Vfio.Transcripts.Play;

/// <summary>System calls that no VFIO program makes and that setting up a transcript's memory and processes takes.</summary>
internal static partial class Native
{
    /// <summary>PROT_NONE memory at a place of ours.</summary>
    public const int MapPrivateAnonymousFixed = 0x02 | 0x20 | 0x10;

    /// <summary>gettid.</summary>
    public const int GetTid = 186;

    /// <summary>A thread of this process waits for something: state S or D of its stat file, behind the name in parentheses.</summary>
    public static bool IsAsleep(int thread)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread}/stat"));
            return stat[stat.LastIndexOf(')') + 2] is 'S' or 'D';
        }
        catch (IOException)
        {
            // Not begun yet, or over.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap64", SetLastError = true)]
    public static partial nint Mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint value);

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    public static partial int Capset(ReadOnlySpan<uint> header, ReadOnlySpan<uint> data);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    public static partial int Prlimit(int process, int resource, ReadOnlySpan<ulong> limit, nint old);
}
