namespace Vfio.Uapi;

/// <summary>F_OK, R_OK, W_OK of access(2).</summary>
[Flags]
public enum AccessMode
{
    /// <summary>F_OK: it is there.</summary>
    Exists = 0,
    /// <summary>W_OK.</summary>
    Write = 2,
    /// <summary>R_OK.</summary>
    Read = 4,
}
