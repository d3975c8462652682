namespace Vfio.Uapi;

/// <summary>
/// A release of Linux, as upstream numbers it (2.6 stands for all of 2.6.x). Distributions carry single calls back to older ones, so a
/// call's errno has the last word.
/// </summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
public readonly record struct KernelRelease(int Major, int Minor) : IComparable<KernelRelease>
{
    /// <summary>Which came first.</summary>
    /// <param name="other">The other release.</param>
    public int CompareTo(KernelRelease other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <summary>Whether one came before another.</summary>
    public static bool operator <(KernelRelease left, KernelRelease right) => left.CompareTo(right) < 0;

    /// <summary>Whether one came after another.</summary>
    public static bool operator >(KernelRelease left, KernelRelease right) => left.CompareTo(right) > 0;

    /// <summary>Whether one is another or came before it.</summary>
    public static bool operator <=(KernelRelease left, KernelRelease right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one is another or came after it.</summary>
    public static bool operator >=(KernelRelease left, KernelRelease right) => left.CompareTo(right) >= 0;

    /// <summary>As people write it: 6.13.</summary>
    public override string ToString() => $"{Major}.{Minor}";
}
