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

            data.Add("viable", "shared");
            data.Add("sharing", "shared");
            data.Add("noiommu", "none");

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void The_soft_kernel_answers_every_call_as_linux_did(string cases, string machine)
    {
        using var soft = new SoftMachine(Topology(machine), VfioHost.Local.Calls);
        var calls = new SoftSystemCalls(soft);
        (string address, string group) = Prepare(calls, cases, machine);
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

    // The measured machines; the first of them with edu and the NVMe controller moved behind a bridge, into one group; and without its IOMMU.
    private static MachineTopology Topology(string machine)
    {
        MachineTopology intel = SoftTopologies.Load("q35-intel");
        return machine switch
        {
            "intel" => intel,
            "nosnoop" => SoftTopologies.Load("q35-intel-nosnoop"),
            "shared" => Change(intel, function => function.Address switch
            {
                "0000:00:01.0" => function with { Address = "0000:01:00.1", Group = 6, Driver = null },
                "0000:00:02.0" => function with { Address = "0000:01:00.0", Group = 6 },
                _ => function,
            }),
            "none" => WithoutIommu(intel),
            _ => SoftTopologies.Load($"q35-{machine}"),
        };
    }

    private static MachineTopology WithoutIommu(MachineTopology machine)
    {
        MachineTopology bare = Change(machine, function => function with
        {
            Driver = function.Model == "edu" ? null : function.Driver,
            Group = null,
            Iommu = null,
            ReservedRegions = [],
        });
        return bare with { Iommus = [] };
    }

    private static MachineTopology Change(MachineTopology machine, Func<FunctionTopology, FunctionTopology> change)
        => machine with { Functions = [.. machine.Functions.Select(change)] };

    // On vfio-pci: edu as vfio0, where it is not from the start; or the NVMe controller, in its place or as vfio1.
    private static (string Address, string Group) Prepare(SoftSystemCalls calls, string cases, string machine)
    {
        PciFunction[] functions = [.. new VfioHost(calls).ListFunctions()];
        PciFunction edu = functions.Single(function => function is { VendorId: 0x1234, DeviceId: 0x11e8 });
        PciFunction nvme = functions.Single(function => function is { VendorId: 0x1b36, DeviceId: 0x0010 });
        if (machine == "none")
        {
            Write(calls, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "1");
        }

        if (edu.Driver != "vfio-pci")
        {
            Bind(calls, edu);
        }

        if (cases == "sharing")
        {
            Bind(calls, nvme);
        }

        if (cases != "nvme")
        {
            return (edu.Address.ToString(), $"{edu.GroupId}");
        }

        Write(calls, "/sys/bus/pci/drivers/vfio-pci/unbind", edu.Address.ToString());
        Bind(calls, nvme);
        return (nvme.Address.ToString(), $"{nvme.GroupId}");
    }

    private static void Bind(SoftSystemCalls calls, PciFunction function)
    {
        Write(calls, $"/sys/bus/pci/devices/{function.Address}/driver_override", "vfio-pci");
        if (function.Driver is not null)
        {
            Write(calls, $"/sys/bus/pci/drivers/{function.Driver}/unbind", function.Address.ToString());
        }

        Write(calls, "/sys/bus/pci/drivers_probe", function.Address.ToString());
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
