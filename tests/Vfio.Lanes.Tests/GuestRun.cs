using Vfio.Scenarios;

namespace Vfio.Lanes.Tests;

/// <summary>One boot of one machine on one kernel: everything it printed, by section.</summary>
/// <param name="sections">The lines of each section.</param>
/// <param name="exits">The exit status each section ended with.</param>
/// <param name="everything">All of it, for a failure's message.</param>
internal sealed class GuestRun(Dictionary<string, List<string>> sections, Dictionary<string, int> exits, string everything)
{
    private const string Section = "@section ", Exit = "@exit ";

    /// <summary>All that the guest printed.</summary>
    public string Everything { get; } = everything;

    /// <summary>The lines of a section.</summary>
    public IReadOnlyList<string> Lines(string section)
        => sections.TryGetValue(section, out List<string>? lines) ? lines : throw new InvalidOperationException($"the guest never came to '{section}':\n{Everything}");

    /// <summary>The exit status a section ended with.</summary>
    public int ExitCode(string section)
        => exits.TryGetValue(section, out int code) ? code : throw new InvalidOperationException($"the guest did not finish '{section}':\n{Everything}");

    /// <summary>A scenario's line; null when it was never printed.</summary>
    public ScenarioResult? Scenario(string name)
        => Lines("scenarios").Select(line => ScenarioResult.TryParse(line, out ScenarioResult? result) ? result : null).FirstOrDefault(r => r?.Name == name);

    /// <summary>Sorts a guest's output into its sections.</summary>
    public static GuestRun Parse(Command boot)
    {
        Dictionary<string, List<string>> sections = [];
        Dictionary<string, int> exits = [];
        string current = "";
        foreach (string line in boot.Output.Split('\n'))
        {
            if (line.StartsWith(Section, StringComparison.Ordinal))
            {
                current = line[Section.Length..];
                sections[current] = [];
            }
            else if (line.StartsWith(Exit, StringComparison.Ordinal))
            {
                exits[current] = int.Parse(line[Exit.Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
            else if (sections.TryGetValue(current, out List<string>? lines))
            {
                lines.Add(line);
            }
        }

        return new(sections, exits, $"{boot.Output}\n{boot.Errors}");
    }
}
