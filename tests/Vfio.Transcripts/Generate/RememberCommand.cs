using System.Globalization;
using CsCheck;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Transcripts.Format;
using Vfio.Transcripts.Play;

namespace Vfio.Transcripts.Generate;

/// <summary>
/// Generated sequences on the soft kernel alone: their answers are written to a file, or compared with those in it. What a soft kernel that agrees with Linux
/// answered stands in for Linux where a guest is too slow: to see that a fault is found.
/// </summary>
internal static class RememberCommand
{
    private const int SequencesOfAMachine = 200;

    /// <summary>Writes the answers, one line a sequence.</summary>
    public static int Save(string machine, uint seed, int count, string path)
    {
        File.WriteAllLines(path, Sequences(machine, seed, count).Select(done => string.Join('\t', done.Answers)));
        return 0;
    }

    /// <summary>Compares; 1 and the difference when there is one.</summary>
    public static int Check(string machine, uint seed, int count, string path)
    {
        int number = 0;
        string[] lines = File.ReadAllLines(path);
        foreach ((IReadOnlyList<Step> steps, IReadOnlyList<string> answers) in Sequences(machine, seed, count))
        {
            string[] remembered = lines[number++].Split('\t');
            for (int i = 0; i < steps.Count; i++)
            {
                if (answers[i] != remembered[i])
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"found in sequence {number}: {steps[i]}: {remembered[i]}, now {answers[i]}"));
                    return 1;
                }
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not found in {number} sequences"));
        return 0;
    }

    private static IEnumerable<(IReadOnlyList<Step> Steps, IReadOnlyList<string> Answers)> Sequences(string machine, uint seed, int count)
    {
        var generator = new SequenceGen(Recipes.For(machine));
        var pcg = new PCG(seed, seed);
        SoftMachine? soft = null;
        Places? places = null;
        for (int i = 0; i < count; i++)
        {
            if (i % SequencesOfAMachine == 0)
            {
                soft?.Dispose();
                soft = new SoftMachine(Machines.TopologyOfTwo(machine), VfioHost.Local.Calls);
                places = new Places(new SoftSystemCalls(soft));
            }

            IReadOnlyList<Step> steps = generator.Generate(pcg, null, out _);
            using var session = new SoftSession(soft!, places);
            yield return (steps, [.. steps.Select(step => TwoKernels.Run(session, step))]);
        }

        soft?.Dispose();
    }
}
