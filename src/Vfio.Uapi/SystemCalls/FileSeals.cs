namespace Vfio.Uapi;

/// <summary>F_SEAL_* of fcntl(2).</summary>
[Flags]
public enum FileSeals
{
    /// <summary>No seal.</summary>
    None = 0,
    /// <summary>F_SEAL_SEAL.</summary>
    Seal = 1,
    /// <summary>F_SEAL_SHRINK: nobody can truncate the file, so a mapping of it can never raise SIGBUS.</summary>
    Shrink = 2,
    /// <summary>F_SEAL_GROW.</summary>
    Grow = 4,
    /// <summary>F_SEAL_WRITE.</summary>
    Write = 8,
}
