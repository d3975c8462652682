using System.Runtime.InteropServices;

namespace Vfio.Tests;

/// <summary>Also what the disassembly test runs in a child, to have each accessor compiled.</summary>
public sealed unsafe class MmioTests
{
    [Fact]
    public void Each_accessor_reads_and_writes_its_width()
    {
        // Sound: 64 bytes of native memory that lives until the end; every access is inside and aligned.
        byte* memory = (byte*)NativeMemory.AlignedAlloc(64, 64);
        try
        {
            new Span<byte>(memory, 64).Fill(0xEE);
            Mmio.Write8(memory + 1, 0x11);
            Mmio.Write16((ushort*)(memory + 8), 0x2233);
            Mmio.Write32((uint*)(memory + 16), 0x44556677);
            Mmio.Write64((ulong*)(memory + 24), 0x8899AABBCCDDEEFF);
            Assert.Equal([0xEE, 0x11, 0xEE], new ReadOnlySpan<byte>(memory, 3).ToArray());
            Assert.Equal(0xEE, memory[10]);
            Assert.Equal(0xEE, memory[20]);
            Assert.Equal(0xEE, memory[32]);
            Assert.Equal(0x11, Mmio.Read8(memory + 1));
            Assert.Equal(0x2233, Mmio.Read16((ushort*)(memory + 8)));
            Assert.Equal(0x44556677u, Mmio.Read32((uint*)(memory + 16)));
            Assert.Equal(0x8899AABBCCDDEEFF, Mmio.Read64((ulong*)(memory + 24)));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
