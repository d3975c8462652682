namespace Vfio;

/// <summary>Names of the common PCI classes.</summary>
internal static class PciClassName
{
    public static string Of(uint classCode) => $"class 0x{classCode:x6}";
}
