using System.Runtime.CompilerServices;

namespace Vfio;

/// <summary>
/// Register access: the only code that touches device memory. Each accessor is one load or store of exactly its width.
/// </summary>
/// <remarks>
/// Never inlined: the compiler merges, narrows and drops volatile accesses where it can see what becomes of the value
/// (a 4-byte <see cref="Volatile"/> read masked to a byte becomes a 1-byte load), and a device answers those differently. A test disassembles
/// these methods, JIT and AOT.
/// </remarks>
// Sound: every caller (Region's mapped backing) has checked offset, width and alignment against its live mapping before it comes here.
internal static unsafe class Mmio
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte Read8(byte* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ushort Read16(ushort* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint Read32(uint* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Read64(ulong* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write8(byte* address, byte value) => Volatile.Write(ref *address, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write16(ushort* address, ushort value) => Volatile.Write(ref *address, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write32(uint* address, uint value) => Volatile.Write(ref *address, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write64(ulong* address, ulong value) => Volatile.Write(ref *address, value);
}
