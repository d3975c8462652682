using System.Globalization;

namespace Vfio;

/// <summary>I/O virtual addresses from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
/// <param name="First">The first address, in bytes.</param>
/// <param name="Last">The last address, in bytes; not below <paramref name="First"/>.</param>
public readonly record struct IovaRange(ulong First, ulong Last)
{
    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="iova"/> lie inside; never true of an empty or wrapping span.</summary>
    public bool Contains(ulong iova, ulong length) =>
        length != 0 && iova >= First && iova <= Last && length - 1 <= Last - iova;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{First:x}-0x{Last:x}");
}
