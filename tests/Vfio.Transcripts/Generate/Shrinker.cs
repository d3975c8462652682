using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Generate;

/// <summary>Makes a sequence that shows a difference as short as it goes.</summary>
/// <param name="kernels">Where it is tried.</param>
internal sealed class Shrinker(TwoKernels kernels)
{
    /// <summary>The shortest found that still differs in the same call, by Linux's result and the soft kernel's.</summary>
    public List<Step> Shrink(IReadOnlyList<Step> steps, string signature)
    {
        List<Step> best = [.. steps];
        for (bool again = true; again;)
        {
            again = false;
            for (int chunk = best.Count / 2; chunk > 0; chunk = chunk > 1 ? chunk / 2 : 0)
            {
                for (int at = best.Count - chunk; at >= 0; at -= chunk)
                {
                    List<Step> fewer = [.. best];
                    fewer.RemoveRange(at, Math.Min(chunk, fewer.Count - at));
                    again |= Take(ref best, fewer, signature);
                    at = Math.Min(at, best.Count);
                }
            }

            for (int i = 0; i < best.Count; i++)
            {
                for (int field = best[i].Arguments.Count - 1; field >= 0; field--)
                {
                    if (best[i].Arguments[field].Name is not null)
                    {
                        again |= Take(ref best, With(best, i, best[i] with { Arguments = [.. best[i].Arguments.Where((_, at) => at != field)] }), signature);
                    }
                }
            }
        }

        return best;
    }

    /// <summary>What tells one difference from another: the call, what Linux answered, what the soft kernel did.</summary>
    public static string Signature(Step step, string linux, string soft)
    {
        string[] one = linux.Split(' ');
        string[] other = soft.Split(' ');
        string part = one[0] == other[0] ? one.Except(other).Concat(other.Except(one)).First().Split('=')[0] : "";
        string operation = step.Arguments.FirstOrDefault(argument => argument.Name == "op") is { Value: Operand.Number { Terms: [var term, ..] } } && step.Word(1) == "IOMMU_TEST_CMD" ? term.Name : "";
        return $"{step.Verb} {step.Word(1)} {operation} {one[0]} {other[0]} {part}".Replace("  ", " ", StringComparison.Ordinal).TrimEnd();
    }

    private static List<Step> With(List<Step> steps, int index, Step step)
    {
        List<Step> changed = [.. steps];
        changed[index] = step;
        return changed;
    }

    private bool Take(ref List<Step> best, List<Step> candidate, string signature)
    {
        try
        {
            if (kernels.Compare(candidate, fresh: true) is { } found && Signature(candidate[found.Index], found.Linux, found.Soft) == signature)
            {
                best = candidate[..(found.Index + 1)];
                return true;
            }
        }
        catch (TranscriptException)
        {
            // A step without the one it rests on.
        }

        return false;
    }
}
