using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const int DupCloseOnExec = 1030;
    private const int AddSealsCommand = 1033;
    private const int GetSealsCommand = 1034;

    public int Dup(int fd) => Result(FcntlNative(fd, DupCloseOnExec, 0));

    public int AddSeals(int fd, FileSeals seals) => Result(FcntlNative(fd, AddSealsCommand, (int)seals));

    public int GetSeals(int fd) => Result(FcntlNative(fd, GetSealsCommand, 0));

    [LibraryImport(Libc, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FcntlNative(int fd, int command, nint argument);
}
