namespace Vfio.Transcripts.Abi;

/// <summary>A field of a uAPI struct as the C compiler laid it out.</summary>
/// <param name="Name">Its name in C.</param>
/// <param name="Offset">Bytes from the start of the struct.</param>
/// <param name="Bytes">Its size; 0 for a flexible array.</param>
internal sealed record LayoutField(string Name, int Offset, int Bytes)
{
    /// <summary>An array of whatever follows the struct.</summary>
    public bool IsFlexible => Bytes == 0;

    /// <summary>A number; anything else is plain bytes.</summary>
    public bool IsNumber => Bytes is 1 or 2 or 4 or 8;
}
