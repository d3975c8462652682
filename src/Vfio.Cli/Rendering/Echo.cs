namespace Vfio.Cli.Rendering;

/// <summary>Commands as the person would type them next: on the same machine as this one.</summary>
/// <param name="soft">The value of --soft; null on the real machine.</param>
internal sealed class Echo(string? soft)
{
    /// <summary>Whether the machine lives only as long as the command.</summary>
    public bool IsSoft => soft is not null;

    public string Command(string command, PciAddress? address = null)
    {
        string text = address is { } a ? $"vfio {command} {a}" : $"vfio {command}";
        return soft switch
        {
            null => text,
            SoftKernel.Topology.SoftTopologies.Default => $"{text} --soft",
            _ => $"{text} --soft {soft}",
        };
    }
}
