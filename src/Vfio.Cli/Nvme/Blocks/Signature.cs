namespace Vfio.Cli.Nvme.Blocks;

/// <summary>A sign that somebody keeps something there.</summary>
/// <param name="What">What it is the sign of.</param>
/// <param name="Offset">Bytes from the namespace's start.</param>
internal sealed record Signature(string What, ulong Offset);
