namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Bytes that stand at a place where somebody keeps something.</summary>
/// <param name="What">What it is the sign of.</param>
/// <param name="Offset">Bytes from the namespace's start; negative from its end.</param>
/// <param name="Magic">What stands there.</param>
internal sealed record SignatureRule(string What, long Offset, byte[] Magic);
