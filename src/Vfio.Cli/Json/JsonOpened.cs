using Vfio.Cli.Probing;

namespace Vfio.Cli.Json;

/// <summary>What an open device showed.</summary>
internal sealed record JsonOpened(
    string Interface, JsonCoherency Coherency, IReadOnlyList<JsonIovaRange> IovaRanges, JsonDma Dma, JsonInterrupt Interrupt)
{
    public static JsonOpened Of(OpenedReport opened) => new(
        JsonPlan.Name(opened.Interface),
        JsonCoherency.Of(opened.Coherency),
        [.. opened.IovaRanges.Select(JsonIovaRange.Of)],
        new(opened.Dma.Outcome != CheckOutcome.NotDone, opened.Dma.Outcome == CheckOutcome.Passed, opened.DmaBytes),
        new(opened.Interrupt.Outcome != CheckOutcome.NotDone, opened.Interrupt.Outcome == CheckOutcome.Passed));
}
