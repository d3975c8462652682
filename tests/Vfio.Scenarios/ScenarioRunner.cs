using Vfio.Uapi;

namespace Vfio.Scenarios;

/// <summary>Runs scenarios one after the other: each opens what it needs and leaves nothing open.</summary>
public static class ScenarioRunner
{
    /// <summary>MiB that a scenario moves where nobody says how many.</summary>
    public const int DefaultMove = 64;

    /// <summary>Runs one and says how it ended; whatever it throws is its failure.</summary>
    public static ScenarioResult Run(Scenario scenario, ISystemCalls calls, Machine machine, int move = DefaultMove)
    {
        ScenarioContext context = new(calls, machine, (long)move << 20);
        try
        {
            scenario.Run(context);
            context.Finish();
            return new(ScenarioOutcome.Passed, scenario.Name, string.Join("; ", context.Notes));
        }
        catch (ScenarioSkippedException skipped)
        {
            return new(ScenarioOutcome.Skipped, scenario.Name, skipped.Message);
        }
        catch (ScenarioFailedException failed)
        {
            return new(ScenarioOutcome.Failed, scenario.Name, Line(failed.Message, context));
        }
#pragma warning disable CA1031 // A scenario's exception, of whatever kind, is its result; the others still run.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            return new(ScenarioOutcome.Failed, scenario.Name, Line(unexpected.ToString(), context));
        }
    }

    private static string Line(string message, ScenarioContext context)
    {
        string seen = context.Notes.Count == 0 ? "" : $" (seen before: {string.Join("; ", context.Notes)})";
        return message.ReplaceLineEndings(" | ") + seen;
    }
}
