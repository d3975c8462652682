namespace Vfio.Cli.Probing;

/// <summary>A function that was probed, or why it was not.</summary>
/// <param name="Plan">How it was to be opened.</param>
/// <param name="Opened">What it showed; null where it did not open.</param>
/// <param name="Failure">Why it did not open, or what broke while it was open; null where nothing did.</param>
internal sealed record ProbeReport(InterfacePlan Plan, OpenedReport? Opened, IOException? Failure)
{
    public bool Ok => Opened is { Ok: true } && Failure is null;
}
