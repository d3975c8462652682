using System.Globalization;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Generate;

/// <summary>How often each call succeeded, and with which errnos it failed.</summary>
internal sealed class CallStatistics
{
    private readonly SortedDictionary<string, SortedDictionary<string, int>> _calls = new(StringComparer.Ordinal);

    /// <summary>Counts an answer of Linux.</summary>
    public void Add(Step step, string answer)
    {
        string call = step.Verb == "ioctl" ? step.Word(1) ?? "ioctl (by number)" : step.Verb;
        if (call == "IOMMU_TEST_CMD")
        {
            call += " " + (step.Arguments.FirstOrDefault(argument => argument.Name == "op") is { Value: Operand.Number { Terms: [var term, ..] } } ? term.Name : "?");
        }

        string result = answer.Split(' ')[0];
        result = Enum.TryParse<Errno>(result, out _) && !char.IsAsciiDigit(result[0]) ? result : "ok";
        if (!_calls.TryGetValue(call, out SortedDictionary<string, int>? results))
        {
            _calls.Add(call, results = new(StringComparer.Ordinal));
        }

        results[result] = results.GetValueOrDefault(result) + 1;
    }

    /// <summary>A line for each call.</summary>
    public IEnumerable<string> Lines()
    {
        foreach ((string call, SortedDictionary<string, int> results) in _calls)
        {
            IEnumerable<string> errors = results.Where(result => result.Key != "ok").Select(result => string.Create(CultureInfo.InvariantCulture, $"{result.Key} {result.Value}"));
            yield return string.Create(CultureInfo.InvariantCulture, $"{call}\t{results.GetValueOrDefault("ok")}\t{string.Join(", ", errors)}");
        }
    }
}
