using System.Text.Json.Nodes;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>Registers that a program maps.</summary>
public sealed class MappedBarTests
{
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

    [Fact]
    public void A_BAR_whose_every_access_is_seen_cannot_be_mapped()
        => Assert.Equal("BAR 0 can be mapped: 0\nmmap of BAR 0: EINVAL\n", EmulatedRun.Of("q35-intel", CProgram.Build("mapped_bar")).Output);
}
