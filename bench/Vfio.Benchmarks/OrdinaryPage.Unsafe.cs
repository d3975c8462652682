using System.Runtime.InteropServices;

namespace Vfio.Benchmarks;

/// <summary>A page of ordinary memory, accessed as a register is.</summary>
internal sealed unsafe class OrdinaryPage : IDisposable
{
    // Sound: one page, accessed at its first word only, freed once and not used afterwards.
    private readonly uint* _page = (uint*)NativeMemory.AlignedAlloc(4096, 4096);

    public uint Read(int times)
    {
        uint* page = _page; // in a register, as C's is: the accessor is measured, not this field
        uint sum = 0;
        for (int i = 0; i < times; i++)
        {
            sum += Mmio.Read32(page);
        }

        return sum;
    }

    public void Write(int times)
    {
        uint* page = _page;
        for (int i = 0; i < times; i++)
        {
            Mmio.Write32(page, (uint)i);
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_page);
}
