namespace Vfio.Uapi;

/// <summary>MFD_* of memfd_create(2). MFD_CLOEXEC is always added.</summary>
[Flags]
public enum MemfdFlags
{
    /// <summary>Ordinary pages, no seals.</summary>
    None = 0,
    /// <summary>MFD_ALLOW_SEALING.</summary>
    AllowSealing = 2,
    /// <summary>MFD_HUGETLB, the default huge page size.</summary>
    HugePages = 4,
}
