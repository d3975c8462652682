using Vfio.Transcripts.Format;
using Vfio.Transcripts.Play;

namespace Vfio.Lanes.Tests;

/// <summary>Every committed transcript on the soft kernel: each call answers as the recorded Linux did.</summary>
public sealed class TranscriptLane
{
    /// <summary>Each transcript with each machine it was recorded on.</summary>
    public static TheoryData<string, string> Rows()
    {
        TheoryData<string, string> rows = [];
        foreach (string path in Files())
        {
            foreach (string machine in Transcript.Load(path).Machines)
            {
                rows.Add(Path.GetRelativePath(Repository.Root, path), machine);
            }
        }

        return rows;
    }

    internal static IEnumerable<string> Files()
        => Directory.GetFiles(Repository.At("tests", "transcripts"), "*.uapi", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>One transcript on one machine.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void The_soft_kernel_answers_as_recorded(string transcript, string machine)
        => Assert.Null(Player.Play(Transcript.Load(Repository.At(transcript)), machine).FirstOrDefault());
}
