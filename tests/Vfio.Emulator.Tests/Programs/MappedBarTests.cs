using System.Text.Json.Nodes;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>Registers that a program maps.</summary>
public sealed class MappedBarTests
{
    private const string Controller = "0000:00:02.0";

    [Fact]
    public void A_program_that_only_maps_drives_a_device_whose_BAR_is_shared()
    {
        string topology = Path.Combine(Path.GetTempPath(), $"vfio-shared-{Environment.ProcessId}.json");
        JsonNode machine = JsonNode.Parse(File.ReadAllText(Path.Combine(CProgram.Root(), "src", "Vfio.SoftKernel", "Topology", "Machines", "q35-intel.json")))!;
        JsonNode edu = machine["functions"]!.AsArray().Single(function => function!["model"]?.GetValue<string>() == "edu")!;
        edu["bars"]![0]!["shared"] = true;
        File.WriteAllText(topology, machine.ToJsonString());
        try
        {
            EmulatedRun run = EmulatedRun.Of(topology, CProgram.Build("mapped_bar"));
            Assert.Equal("", run.Errors);
            Assert.Equal(
                """
                BAR 0 can be mapped: 1
                identification: 010000ed
                inversion: edcba987
                factorial: 3628800
                DMA: 800 transfers, every byte right
                MSI: 402
                pread sees what was stored: 00040000
                inversion after a store to memory that was off: edcba987

                """,
                run.Output);
            Assert.Equal(0, run.Status);
        }
        finally
        {
            File.Delete(topology);
        }
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(1, true)]
    [InlineData(7, false)]
    public void A_driver_in_C_that_polls_drives_the_NVMe_controller_and_every_byte_is_right(int depth, bool byGroup)
    {
        string machine = WithController("memory");
        try
        {
            EmulatedRun run = EmulatedRun.Of(machine, [CProgram.Build("nvme_bench"), .. byGroup ? ["-g"] : Array.Empty<string>(), Controller, $"{depth}", "check"]);
            Assert.Equal("", run.Errors);
            Assert.Equal($"{depth} commands at once, 16 times written and read back: ok\n", run.Output);
            Assert.Equal(0, run.Status);
        }
        finally
        {
            File.Delete(machine);
        }
    }

    [Theory]
    [InlineData("read")]
    [InlineData("write")]
    public void The_yardstick_of_the_NVMe_driver_measures_and_checks_that_what_it_read_was_written(string operation)
    {
        string machine = WithController("null");
        try
        {
            EmulatedRun run = EmulatedRun.Of(machine, CProgram.Build("nvme_bench"), Controller, "32", "0.1", operation);
            Assert.Equal("", run.Errors);
            string[] words = run.Output.Split(' ', StringSplitOptions.TrimEntries);
            Assert.Equal(["c", "32"], words[..2]);
            Assert.True(long.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.Equal(6, words.Length);
            Assert.Equal(0, run.Status);
        }
        finally
        {
            File.Delete(machine);
        }
    }

    [Fact]
    public void A_BAR_whose_every_access_is_seen_cannot_be_mapped()
        => Assert.Equal("BAR 0 can be mapped: 0\nmmap of BAR 0: EINVAL\n", EmulatedRun.Of("q35-intel", CProgram.Build("mapped_bar")).Output);

    private static string WithController(string store)
    {
        string topology = Path.Combine(Path.GetTempPath(), $"vfio-nvme-{Guid.NewGuid():N}.json");
        JsonNode machine = JsonNode.Parse(File.ReadAllText(Path.Combine(CProgram.Root(), "src", "Vfio.SoftKernel", "Topology", "Machines", "q35-intel.json")))!;
        JsonNode controller = machine["functions"]!.AsArray().Single(static function => function!["address"]!.GetValue<string>() == Controller)!;
        controller["driver"] = "vfio-pci";
        controller["store"]!["kind"] = store;
        File.WriteAllText(topology, machine.ToJsonString());
        return topology;
    }
}
