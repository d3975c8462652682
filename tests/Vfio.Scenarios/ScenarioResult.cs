using System.Globalization;

namespace Vfio.Scenarios;

/// <summary>One line of a run.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Name">The scenario.</param>
/// <param name="Detail">What was seen; one line.</param>
public sealed record ScenarioResult(ScenarioOutcome Outcome, string Name, string Detail)
{
    /// <summary><c>ok|FAIL|skip name: detail</c>, as <see cref="TryParse"/> reads it back.</summary>
    public override string ToString()
    {
        string outcome = Outcome switch
        {
            ScenarioOutcome.Passed => "ok",
            ScenarioOutcome.Failed => "FAIL",
            _ => "skip",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{outcome,-4} {Name}: {Detail}");
    }

    /// <summary>Reads a line that <see cref="ToString"/> wrote, from another machine's output.</summary>
    public static bool TryParse(string line, out ScenarioResult? result)
    {
        result = null;
        ScenarioOutcome? outcome = line.Length < 5
            ? null
            : line[..5] switch
            {
                "ok   " => ScenarioOutcome.Passed,
                "FAIL " => ScenarioOutcome.Failed,
                "skip " => ScenarioOutcome.Skipped,
                _ => null,
            };
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        if (outcome is null || colon < 5)
        {
            return false;
        }

        result = new ScenarioResult(outcome.Value, line[5..colon], line[(colon + 2)..]);
        return true;
    }
}
