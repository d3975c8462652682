using Spectre.Console;

namespace Vfio.Cli.Rendering;

/// <summary>The few styles there are. Each says something that the text says too: colours may be off.</summary>
internal static class Look
{
    public static readonly Style Plain = Style.Plain;
    public static readonly Style Title = new(decoration: Decoration.Bold);
    public static readonly Style Label = new(Color.Grey);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Doubtful = new(Color.Yellow);
    public static readonly Style Bad = new(Color.Red);
    public static readonly Style Curve = new(Color.Blue);

    public static Style Of(Coherency coherency) => coherency switch
    {
        Coherency.Enforced => Good,
        Coherency.NotEnforced => Doubtful,
        _ => Plain,
    };

    public static string Name(Coherency coherency) => coherency switch
    {
        Coherency.Enforced => "enforced",
        Coherency.NotEnforced => "not enforced",
        _ => "unknown",
    };

    public static string Name(VfioInterface value) => value == VfioInterface.Device ? "device node" : "group";

    public static string Name(IommuType type) => type switch
    {
        IommuType.IntelVtd => "Intel VT-d",
        IommuType.AmdVi => "AMD-Vi",
        IommuType.Virtio => "virtio-iommu",
        _ => "unknown kind",
    };
}
