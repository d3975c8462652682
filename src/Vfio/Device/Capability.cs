namespace Vfio;

/// <summary>One entry of a VFIO answer's capability chain.</summary>
/// <param name="Id">VFIO_*_INFO_CAP_*.</param>
/// <param name="Version">Its layout's version.</param>
/// <param name="Offset">Where its header starts in the answer; inside it, header included.</param>
internal readonly record struct Capability(ushort Id, ushort Version, int Offset);
