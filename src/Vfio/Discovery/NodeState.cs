namespace Vfio;

/// <summary>What a look at a device node under /dev found.</summary>
public enum NodeState
{
    /// <summary>The kernel offers no such node to this function, or sysfs shows it and /dev has none.</summary>
    Missing,

    /// <summary>Something is there that is not the device sysfs names (not a character device, or other numbers).</summary>
    Wrong,

    /// <summary>The node is there; this user may not open it for reading and writing.</summary>
    NoAccess,

    /// <summary>The node is there and may be opened.</summary>
    Ready,
}
