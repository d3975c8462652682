using Vfio.Transcripts.Format;
using Vfio.Transcripts.Play;

namespace Vfio.Lanes.Tests;

/// <summary>The transcripts on real Linux in QEMU: it answers as it did when they were recorded; and generated sequences answer alike on both kernels.</summary>
/// <param name="programs">The program that goes into the guest.</param>
public sealed class TranscriptGuestLane(TranscriptProgram programs) : IClassFixture<TranscriptProgram>
{
    // On each machine: enough to meet every call some dozens of times; `eng/generate-sequences` goes on by hand.
    private const int Sequences = 1000;

    /// <summary>Every machine that transcripts are recorded on.</summary>
    public static TheoryData<string> Recorded() => ["amd", "intel", "nosnoop", "virtio", "mock", "shared", "none", "sriov"];

    /// <summary>One boot, all its transcripts.</summary>
    [Theory]
    [MemberData(nameof(Recorded))]
    public async Task Linux_answers_as_recorded(string machine)
    {
        await programs.PrepareAsync();
        Transcript[] transcripts = [.. TranscriptLane.Files().Select(Transcript.Load).Where(transcript => transcript.Machines.Contains(machine))];
        string[] names = [.. transcripts.Select(transcript => Path.GetRelativePath(Repository.Root, transcript.Path).Replace('/', '_'))];
        Command boot = await Guest.BootAsync(
            [
                "-t", "540", "-m", Machines.NameOfGuest(machine), "-f", TranscriptProgram.Path,
                .. transcripts.SelectMany((transcript, i) => (string[])["-f", $"{transcript.Path}={names[i]}"]),
                "--", $"vfio_bind $EDU; Vfio.Transcripts record {string.Join(' ', names.Select(name => $"/bin/{name}"))}",
            ],
            600);
        Assert.True(boot.ExitCode == 0, $"{boot.Output}\n{boot.Errors}");

        List<string> wrong = [];
        int at = -1;
        int compared = 0;
        foreach (string line in boot.Output.Split('\n'))
        {
            if (line.StartsWith("@transcript ", StringComparison.Ordinal))
            {
                at++;
            }
            else if (line.Split(' ', 2) is [var number, var answer] && int.TryParse(number, out int step) && at >= 0)
            {
                compared++;

                // Not the step's place among the lines: a machine's own answer takes a line of the file too.
                TranscriptLine asked = transcripts[at].Steps.Single(asked => asked.Number == step);
                if (asked.AnswerOf(machine) is var expected && expected != answer)
                {
                    wrong.Add(new Difference(names[at], machine, asked, expected ?? "", answer).ToString());
                }
            }
        }

        Assert.Equal(transcripts.Sum(transcript => transcript.Steps.Count()), compared);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Sequences nobody wrote, with a seed that is always the same: what a device and its IOMMU are asked, and what the mock IOMMU is.</summary>
    [Theory]
    [InlineData("amd")]
    [InlineData("mock")]
    public async Task Generated_sequences_answer_alike_on_both_kernels(string machine)
    {
        await programs.PrepareAsync();
        Command run = await Command.RunAsync(
            Repository.At("eng", "generate-sequences"),
            ["-m", machine, "--seed", "3", "--count", $"{Sequences}", "--program", TranscriptProgram.Path, "--out", Repository.At("artifacts", "lanes", "found")],
            900);
        await File.WriteAllTextAsync(Repository.At("artifacts", "lanes", $"generated-{machine}.txt"), run.Output, TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, $"{run.Output}\n{run.Errors}");
    }
}
