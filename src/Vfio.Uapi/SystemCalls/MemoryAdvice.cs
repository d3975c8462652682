namespace Vfio.Uapi;

/// <summary>MADV_* of madvise(2).</summary>
public enum MemoryAdvice
{
    /// <summary>MADV_DONTFORK: a child does not get the range, so a fork never copies pages under DMA.</summary>
    DontFork = 10,
    /// <summary>MADV_HUGEPAGE.</summary>
    HugePage = 14,
    /// <summary>MADV_DONTDUMP: leave the range out of core dumps.</summary>
    DontDump = 16,
}
