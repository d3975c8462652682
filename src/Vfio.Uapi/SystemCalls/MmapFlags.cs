namespace Vfio.Uapi;

/// <summary>MAP_* of mmap(2), x86-64.</summary>
[Flags]
public enum MmapFlags
{
    /// <summary>MAP_SHARED.</summary>
    Shared = 1,
    /// <summary>MAP_PRIVATE.</summary>
    Private = 2,
    /// <summary>MAP_ANONYMOUS.</summary>
    Anonymous = 0x20,
    /// <summary>MAP_POPULATE.</summary>
    Populate = 0x8000,
    /// <summary>MAP_HUGETLB, the default huge page size.</summary>
    HugePages = 0x40000,
}
