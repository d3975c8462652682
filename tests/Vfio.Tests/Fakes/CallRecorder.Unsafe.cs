using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio.Tests;

internal sealed partial class CallRecorder
{
    /// <summary>What a struct points at, while the call runs.</summary>
    // Sound: the library keeps the array it points at alive and in place for the call; the count is the one it named in the same struct.
    public static byte[] At(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Marshal.Copy((nint)address, bytes, 0, length);
        return bytes;
    }

    /// <summary>Writes where a struct points, while the call runs.</summary>
    // Sound: as above.
    public static void Put(ulong address, ReadOnlySpan<byte> bytes) => Marshal.Copy(bytes.ToArray(), 0, (nint)address, bytes.Length);

    /// <summary>Overwrites the caller's argument.</summary>
    public static void Set<T>(Span<byte> argument, in T value)
        where T : unmanaged => Assert.True(StructBytes.TryWrite(argument, value));
}
