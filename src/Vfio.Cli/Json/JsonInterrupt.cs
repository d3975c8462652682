namespace Vfio.Cli.Json;

/// <summary>Whether an interrupt was asked for, and whether it came.</summary>
internal sealed record JsonInterrupt(bool Done, bool Ok);
