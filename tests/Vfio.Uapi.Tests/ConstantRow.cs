namespace Vfio.Uapi.Tests;

/// <summary>A constant as a C program on Linux 7.2 printed it, widened to 64 bits.</summary>
internal sealed record ConstantRow(string Header, string Name, ulong Value)
{
    /// <summary>The table holds addresses for these: they are texts.</summary>
    public bool IsText => Name.EndsWith("_STRING", StringComparison.Ordinal);
}
