using BenchmarkDotNet.Attributes;
using Vfio.Hardware.Iommus;

namespace Vfio.Benchmarks;

/// <summary>A device's read of one word among a million mappings of 4 KiB: a read section, the walk, four bytes.</summary>
public class TranslationHit
{
    private const ulong First = 0x1_0000_0000;
    private const int Mappings = 1_000_000;
    private const int Rounds = 4096;
    private readonly ulong[] _random = new ulong[Rounds];
    private IommuDomain _domain = null!;
    private ulong _next = First;

    /// <summary>A page table of a million leaves.</summary>
    [GlobalSetup]
    public void Setup()
    {
        IommuUnit unit = new() { Name = "dmar0", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff };
        _domain = unit.AllocateDomain();
        PageBacking backing = new(2 * 4096);
        for (int i = 0; i < Mappings; i++)
        {
            // Neighbours stand for different pages: nothing can be one large leaf.
            _domain.Map(First + ((ulong)i * 4096), backing, (ulong)(i & 1) * 4096, 4096, Hardware.Iommus.DmaAccess.Read);
        }

        Random random = new(1);
        for (int i = 0; i < Rounds; i++)
        {
            _random[i] = First + ((ulong)random.Next(Mappings) * 4096);
        }
    }

    /// <summary>Page after page.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public int Sequential()
    {
        int hits = 0;
        Span<byte> word = stackalloc byte[4];
        ulong next = _next;
        for (int i = 0; i < Rounds; i++)
        {
            hits += _domain.TryRead(next, word) ? 1 : 0;
            next += 4096;
            next = next == First + ((ulong)Mappings * 4096) ? First : next;
        }

        _next = next;
        return hits;
    }

    /// <summary>Anywhere.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public int Random()
    {
        int hits = 0;
        Span<byte> word = stackalloc byte[4];
        foreach (ulong iova in _random)
        {
            hits += _domain.TryRead(iova, word) ? 1 : 0;
        }

        return hits;
    }
}
