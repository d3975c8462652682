namespace Vfio.Nvme;

/// <summary>Something that the controller tells unasked (Asynchronous Event Request).</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Information">What happened; its meaning is the kind's (Base specification 1.4, 5.2).</param>
/// <param name="LogPage">The log page that tells more. Until it was read, the controller does not tell of the same kind again.</param>
public readonly record struct NvmeEvent(NvmeEventKind Kind, byte Information, byte LogPage)
{
    /// <summary>Dword 0 of a completion.</summary>
    internal static NvmeEvent Parse(uint result) => new((NvmeEventKind)(result & 7), (byte)(result >> 8), (byte)(result >> 16));
}
