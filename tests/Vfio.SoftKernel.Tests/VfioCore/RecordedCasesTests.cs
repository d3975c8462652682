using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

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

            foreach (string machine in (string[])["intel", "amd", "virtio"])
            {
                data.Add("nvme", machine);
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
        (string address, string group) = Prepare(calls, cases == "nvme" ? 0x00101b36u : 0x11e81234u);
        using var player = new CasePlayer(calls, address, group);
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

    // The one function on vfio-pci, so that it is vfio0: edu from the start, another in its place.
    private static (string Address, string Group) Prepare(SoftSystemCalls calls, uint id)
    {
        PciFunction[] functions = [.. new VfioHost(calls).ListFunctions()];
        PciFunction function = functions.Single(function => (function.DeviceId << 16 | function.VendorId) == id);
        if (function.Driver != "vfio-pci")
        {
            Write(calls, "/sys/bus/pci/drivers/vfio-pci/unbind", functions.Single(other => other.Driver == "vfio-pci").Address.ToString());
            Write(calls, $"/sys/bus/pci/devices/{function.Address}/driver_override", "vfio-pci");
            if (function.Driver is not null)
            {
                Write(calls, $"/sys/bus/pci/drivers/{function.Driver}/unbind", function.Address.ToString());
            }

            Write(calls, "/sys/bus/pci/drivers_probe", function.Address.ToString());
        }

        return (function.Address.ToString(), $"{function.GroupId}");
    }

    private static void Write(SoftSystemCalls calls, string path, string text)
    {
        int fd = calls.Open(path, OpenFlags.WriteOnly);
        Assert.True(fd >= 0, path);
        Assert.Equal(text.Length, calls.Write(fd, Encoding.ASCII.GetBytes(text)));
        calls.Close(fd);
    }

    /// <summary>Where the soft kernel answers otherwise on purpose; docs/differences.md says why.</summary>
    private static readonly HashSet<string> Differences = [];
}
