namespace Vfio;

/// <summary>Which interface the caller wants.</summary>
public enum InterfaceChoice
{
    /// <summary>The device node where it can be had, else the group, as the policy says.</summary>
    Auto,

    /// <summary>The device node or nothing.</summary>
    Device,

    /// <summary>The group or nothing.</summary>
    Group,
}
