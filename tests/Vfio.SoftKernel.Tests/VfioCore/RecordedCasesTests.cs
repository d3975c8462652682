using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>Hundreds of VFIO calls, hostile and otherwise, through the outer seam: each answers as the recorded Linux 7.2.13 did, on four IOMMUs.</summary>
public sealed class RecordedCasesTests
{
    public static TheoryData<string, string> Recordings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string cases in (string[])["device", "function", "group"])
            {
                foreach (string machine in (string[])["intel", "nosnoop", "amd", "virtio"])
                {
                    data.Add(cases, machine);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_soft_kernel_answers_every_call_as_linux_did(string cases, string machine)
    {
        using var soft = new SoftMachine(SoftTopologies.Load(machine == "nosnoop" ? "q35-intel-nosnoop" : $"q35-{machine}"), VfioHost.Local.Calls);
        var calls = new SoftSystemCalls(soft);
        PciFunction edu = new VfioHost(calls).ListFunctions().Single(function => function is { VendorId: 0x1234, DeviceId: 0x11e8 });
        using var player = new CasePlayer(calls, edu.Address.ToString(), $"{edu.GroupId}");
        string folder = Path.Combine(AppContext.BaseDirectory, "transcripts", "vfio");
        string[] lines = [.. File.ReadLines(Path.Combine(folder, $"{cases}.cases")).Where(line => line.Length != 0 && line[0] != '#')];
        string[] expected = File.ReadAllLines(Path.Combine(folder, $"{cases}-7.2.13-{machine}.txt"));
        Assert.Equal(expected.Length, lines.Length);

        var wrong = new List<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            string actual = player.Play(lines[i]);
            if (actual != expected[i] && !Differences.Contains(lines[i]))
            {
                wrong.Add($"{i + 1}: Linux: {expected[i]}\n{i + 1}: soft:  {actual}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Where the soft kernel answers otherwise on purpose; docs/differences.md says why.</summary>
    private static readonly HashSet<string> Differences = [];
}
