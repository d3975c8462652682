namespace Vfio.Uapi;

/// <summary>PROT_* of mmap(2).</summary>
[Flags]
public enum MmapProtection
{
    /// <summary>PROT_NONE.</summary>
    None = 0,
    /// <summary>PROT_READ.</summary>
    Read = 1,
    /// <summary>PROT_WRITE.</summary>
    Write = 2,
    /// <summary>PROT_EXEC.</summary>
    Execute = 4,
}
