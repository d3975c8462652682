using System.Runtime.InteropServices;

namespace Vfio.Tests;

internal sealed partial class ScriptedKernel
{
    // Sound: the library gives an array of at least the count it names in the same struct, alive for the call.
    private static void WriteRange(ulong address, int index, ulong first, ulong last)
    {
        Marshal.WriteInt64((nint)address, index * 16, (long)first);
        Marshal.WriteInt64((nint)address, (index * 16) + 8, (long)last);
    }
}
