using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Vfio.Transcripts.Format;
using Vfio.Transcripts.Play;

namespace Vfio.Transcripts.Generate;

/// <summary>Makes sequences, does each on both kernels, and tells where they differ.</summary>
internal static class GenerateCommand
{
    /// <summary>Runs; 1 when a difference was found.</summary>
    /// <param name="machine">The machine we are on.</param>
    /// <param name="seed">Where the random numbers begin.</param>
    /// <param name="count">How many sequences.</param>
    /// <param name="stopAtFirst">Whether one difference is enough.</param>
    public static int Run(string machine, uint seed, int count, bool stopAtFirst)
    {
        var generator = new SequenceGen(Recipes.For(machine));
        var pcg = new PCG(seed, seed);
        var statistics = new CallStatistics();
        var found = new HashSet<string>(StringComparer.Ordinal);
        int differing = 0;
        int steps = 0;
        using var kernels = new TwoKernels(() => Machines.TopologyOfTwo(machine));
        using var watch = new Timer(_ => EndWhenStuck(kernels), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        var clock = Stopwatch.StartNew();
        int done = 0;
        for (; done < count && !(stopAtFirst && found.Count > 0); done++)
        {
            IReadOnlyList<Step> sequence = generator.Generate(pcg, null, out _);
            steps += sequence.Count;
            long began = Stopwatch.GetTimestamp();
            (int Index, string Linux, string Soft)? compared = kernels.Compare(sequence, fresh: false, statistics.Add);
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
            {
                Console.WriteLine($"@slow {Stopwatch.GetElapsedTime(began).TotalSeconds:f0} s: {string.Join(" ; ", sequence)}");
            }

            if (compared is { } difference)
            {
                differing++;
                string signature = Shrinker.Signature(sequence[difference.Index], difference.Linux, difference.Soft);
                if (found.Add(signature))
                {
                    Tell(kernels, machine, signature, [.. sequence.Take(difference.Index + 1)]);
                }
            }

            if ((done + 1) % 500 == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"@progress {done + 1} sequences, {steps} steps, {differing} with a difference, {clock.Elapsed.TotalSeconds:f0} s"));
            }
        }

        foreach (string line in statistics.Lines())
        {
            Console.WriteLine($"@call {line}");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"@total {machine} seed {seed}: {done} sequences, {steps} steps, {differing} with a difference of {found.Count} kinds, {clock.Elapsed.TotalSeconds:f0} s"));
        return found.Count == 0 ? 0 : 1;
    }

    private static void EndWhenStuck(TwoKernels kernels)
    {
        if (kernels.Busy > TimeSpan.FromSeconds(150))
        {
            Console.WriteLine("@stuck");
            foreach (string line in kernels.Position)
            {
                Console.WriteLine(line);
            }

            Console.Out.Flush();
            Environment.Exit(3);
        }
    }

    // As a transcript that can be kept: what Linux answered stands as the answer.
    private static void Tell(TwoKernels kernels, string machine, string signature, IReadOnlyList<Step> sequence)
    {
        List<Step> steps = new Shrinker(kernels).Shrink(sequence, signature);
        var answers = new List<string>();
        (int Index, string Linux, string Soft)? last = kernels.Compare(steps, fresh: true, (_, answer) => answers.Add(answer));
        Console.WriteLine($"@found {signature}");
        Console.WriteLine($"# {signature}: the soft kernel answered {last?.Soft ?? "so only after other sequences"}");
        Console.WriteLine($"machines: {machine}");
        for (int i = 0; i < steps.Count; i++)
        {
            Console.WriteLine($"{steps[i]} -> {answers[i]}");
        }

        Console.WriteLine("@end");
    }
}
