using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class MappedRegistersTests
{
    [Fact]
    public void An_access_wider_than_what_is_mapped_is_refused()
    {
        LibcSystemCalls calls = LibcSystemCalls.Instance;
        using VfioFileHandle file = new(calls, calls.MemfdCreate("registers", default), "registers");
        Assert.Equal(0, calls.Ftruncate(file.Fd, 4096));
        using MappedRegisters registers = new(MemoryMapping.Map(file, 4, MmapProtection.Read | MmapProtection.Write, 0));
        registers.Write32(0, 5);
        Assert.Equal(5u, registers.Read32(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => registers.Read32(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => registers.Read64(0));
    }
}
