namespace Vfio;

/// <summary>A node under /dev: where it should be, and what is there.</summary>
/// <param name="Path">The absolute path, under the host's root.</param>
/// <param name="State">What was found.</param>
public sealed record DeviceNode(string Path, NodeState State)
{
    /// <summary>The device numbers sysfs gives it, "511:0"; null where sysfs names none.</summary>
    public string? ExpectedNumbers { get; init; }

    /// <summary>Permission bits (low 12), owner and group, where the node exists.</summary>
    public int? Mode { get; init; }

    /// <summary>The owner's user id, where the node exists.</summary>
    public uint? UserId { get; init; }

    /// <summary>The group id, where the node exists.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Whether it is there and may be opened.</summary>
    public bool IsReady => State == NodeState.Ready;
}
