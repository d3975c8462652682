using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const int EffectiveIds = 0x200;

    public int Access(string path, AccessMode mode) => Result(AccessNative(CurrentDirectory, path, (int)mode, EffectiveIds));

    [LibraryImport(Libc, EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AccessNative(int directory, string path, int mode, int flags);
}
