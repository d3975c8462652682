namespace Vfio.Uapi.Tests;

/// <summary>A field of one of our structs where it really is in memory.</summary>
internal readonly record struct MeasuredField(string Name, int Offset, int Bytes)
{
    /// <summary>The first byte behind it.</summary>
    public int End => Offset + Bytes;
}
