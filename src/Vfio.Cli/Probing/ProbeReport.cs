namespace Vfio.Cli.Probing;

/// <summary>A function that was probed, or why it was not.</summary>
/// <param name="Facts">What was known before it was opened.</param>
/// <param name="Plan">How it was to be opened; once it was, how that went on after the kernel's verdict.</param>
/// <param name="Opened">What it showed; null where it did not open.</param>
/// <param name="Failure">Why it did not open, or what broke while it was open; null where nothing did.</param>
internal sealed record ProbeReport(DeviceFacts Facts, InterfacePlan Plan, OpenedReport? Opened, IOException? Failure)
{
    public bool Ok => Opened is { Ok: true } && Failure is null;
}
