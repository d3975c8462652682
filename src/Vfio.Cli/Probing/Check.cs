namespace Vfio.Cli.Probing;

/// <summary>One check made on an open device.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was seen, or why it was not done.</param>
internal sealed record Check(string Name, CheckOutcome Outcome, string Detail)
{
    public static Check Of(string name, bool passed, string detail) => new(name, passed ? CheckOutcome.Passed : CheckOutcome.Failed, detail);

    public static Check NotDone(string name, string why) => new(name, CheckOutcome.NotDone, why);
}
