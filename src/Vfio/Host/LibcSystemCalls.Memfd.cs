using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const uint MemfdCloseOnExec = 1;

    public int MemfdCreate(string name, MemfdFlags flags) => Result(MemfdCreateNative(name, (uint)flags | MemfdCloseOnExec));

    public int Ftruncate(int fd, long length) => Result(FtruncateNative(fd, length));

    [LibraryImport(Libc, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreateNative(string name, uint flags);

    [LibraryImport(Libc, EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int FtruncateNative(int fd, long length);
}
