using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>Tools that people have for PCI functions and their drivers, unmodified.</summary>
public sealed partial class PciToolsTests
{
    private static readonly string s_questions = Path.Combine(CProgram.Root(), "tests", "pci-tools");

    [Theory]
    [InlineData("q35-amd")]
    [InlineData("q35-intel")]
    [InlineData("q35-intel-nosnoop")]
    [InlineData("q35-virtio")]
    public void Lspci_setpci_and_driverctl_say_and_do_what_they_do_in_the_guest(string machine)
    {
        SkipWithout("lspci", "setpci", "driverctl", "bash");
        string version = EmulatedRun.Run("lspci", ["--version"]).Output.Trim();
        Assert.SkipUnless(version == "lspci version 3.9.0", $"{version}; recorded is what 3.9.0 prints");
        string edu = machine is "q35-amd" or "q35-virtio" ? "0000:00:02.0" : "0000:00:01.0";
        EmulatedRun run = EmulatedRun.Of(machine, "bash", "-c", $"EDU={edu}; . {s_questions}/ask.sh 2>&1");
        Assert.Equal(File.ReadAllText(Path.Combine(s_questions, "recorded", $"{machine}.txt")), WithoutModules().Replace(run.Output, ""));
    }

    [Fact]
    public void Driverctl_gives_a_function_to_another_driver()
    {
        // It looks for a module of the driver's name, which is vfio_pci's other one, and would ask the host's modprobe.
        const string Script = "mkdir /sys/module/vfio-pci && driverctl --nosave set-override 0000:00:02.0 vfio-pci && ls /dev/vfio/devices";
        Assert.Contains($"vfio emulate --topology q35-intel -- sh -c '{Script}'\n", File.ReadAllText(Path.Combine(CProgram.Root(), "docs", "emulating.md")), StringComparison.Ordinal);
        SkipWithout("driverctl", "bash");
        EmulatedRun run = EmulatedRun.OfShell("q35-intel", $"{Script} && driverctl list-overrides && ls /dev/nvme0n1");
        Assert.Equal("vfio0\nvfio1\n0000:00:01.0 vfio-pci\n0000:00:02.0 vfio-pci\n", run.Output);
        Assert.Contains("/dev/nvme0n1", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Dpdk_devbind_lists_takes_and_gives_a_network_function()
    {
        SkipWithout("dpdk-devbind.py", "lspci", "ip");
        string topology = Path.Combine(Path.GetTempPath(), $"vfio-network-{Environment.ProcessId}.json");
        File.WriteAllText(topology,
            """
            {
              "name": "network",
              "kernel": { "release": "7.2.13", "modules": { "vfio_pci": { "disable_idle_d3": "N" } } },
              "iommus": [ { "name": "dmar0", "kind": "intel", "pageSizes": "0x1000", "apertureLast": "0x7fffffffff", "cap": "0xd2008c22260206", "ecap": "0xf00fca" } ],
              "functions": [
                { "address": "0000:00:01.0", "model": "passive", "iommu": "dmar0", "group": 1, "config": "8680d31007000000000000020000000000000000000000000000000000000000000000000000000000000000868000000000000000000000000000000b010000" }
              ]
            }
            """);
        try
        {
            EmulatedRun run = EmulatedRun.OfShell(topology,
                "for driver in vfio-pci none vfio-pci; do dpdk-devbind.py -b $driver 0000:00:01.0; dpdk-devbind.py --status-dev net | grep 0000:00:01.0; done; ls /dev/vfio/devices");
            Assert.Equal(
                """
                0000:00:01.0 'Device 10d3' drv=vfio-pci unused=
                0000:00:01.0 'Device 10d3' unused=vfio-pci
                0000:00:01.0 'Device 10d3' drv=vfio-pci unused=
                vfio0

                """,
                DeviceName().Replace(run.Output, "'Device 10d3'"));
        }
        finally
        {
            File.Delete(topology);
        }
    }

    private static void SkipWithout(params string[] programs)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string[] missing = [.. programs.Where(program => !Array.Exists(path, directory => File.Exists(Path.Combine(directory, program))))];
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} not found");
    }

    // pciutils asks for the modules of the release that uname tells, the host's.
    [GeneratedRegex("^lspci: Unable to load libkmod resources.*\n", RegexOptions.Multiline)]
    private static partial Regex WithoutModules();

    // A host may have the names of devices.
    [GeneratedRegex("'[^']*10d3'|'82574L[^']*'")]
    private static partial Regex DeviceName();
}
