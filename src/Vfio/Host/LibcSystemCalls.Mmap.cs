using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset)
    {
        nint address = MmapNative(0, length, (int)protection, (int)flags, fd, offset);
        return address == -1 ? -Marshal.GetLastPInvokeError() : address;
    }

    public int Munmap(nint address, nuint length) => Result(MunmapNative(address, length));

    public int Madvise(nint address, nuint length, MemoryAdvice advice) => Result(MadviseNative(address, length, (int)advice));

    [LibraryImport(Libc, EntryPoint = "mmap64", SetLastError = true)]
    private static partial nint MmapNative(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Libc, EntryPoint = "munmap", SetLastError = true)]
    private static partial int MunmapNative(nint address, nuint length);

    [LibraryImport(Libc, EntryPoint = "madvise", SetLastError = true)]
    private static partial int MadviseNative(nint address, nuint length, int advice);
}
