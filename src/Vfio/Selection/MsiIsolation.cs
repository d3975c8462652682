namespace Vfio;

/// <summary>Whether interrupt messages of one device are kept from posing as another's.</summary>
public enum MsiIsolation
{
    /// <summary>sysfs does not tell; BIND will.</summary>
    Unknown,

    /// <summary>Isolated, or known to be.</summary>
    Isolated,

    /// <summary>Not isolated: the kernel refuses unless a parameter accepts the risk.</summary>
    NotIsolated,
}
