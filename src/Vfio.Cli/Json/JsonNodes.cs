namespace Vfio.Cli.Json;

/// <summary>Paths of the nodes that are there; null where there is none.</summary>
internal sealed record JsonNodes(string? Device, string? Group, string? Iommufd)
{
    public static JsonNodes Of(FunctionNodes nodes) => new(Present(nodes.Device), Present(nodes.Group), Present(nodes.Iommufd));

    private static string? Present(DeviceNode? node) => node is null || node.State == NodeState.Missing ? null : node.Path;
}
