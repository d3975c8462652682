namespace Vfio.Cli.Probing;

/// <summary>What an open device showed.</summary>
internal sealed record OpenedReport
{
    public required VfioInterface Interface { get; init; }

    /// <summary>The verdict that the kernel confirmed.</summary>
    public required CoherencyVerdict Coherency { get; init; }

    public required IReadOnlyList<RegionReport> Regions { get; init; }

    /// <summary>"INTx", "MSI x 1", ...</summary>
    public required IReadOnlyList<string> Interrupts { get; init; }

    /// <summary>"0x40 power management", ...</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    public required IReadOnlyList<IovaRange> IovaRanges { get; init; }

    public required DeviceChecks Checks { get; init; }

    public Check Dma => Checks.Dma;

    public Check Interrupt => Checks.Interrupt;

    public long DmaBytes => Checks.DmaBytes;

    /// <summary>Whether nothing that was checked was wrong. What was not done is not wrong.</summary>
    public bool Ok => Checks.Identity.Outcome != CheckOutcome.Failed && Dma.Outcome != CheckOutcome.Failed && Interrupt.Outcome != CheckOutcome.Failed;
}
