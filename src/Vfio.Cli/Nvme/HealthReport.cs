using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>The health log, and what is to be made of it.</summary>
internal sealed record HealthReport(PciAddress Address, NvmeIdentity Identity, NvmeHealth Health, IReadOnlyList<HealthFinding> Findings)
{
    /// <summary>Below any temperature that a disk has: the controller does not measure it.</summary>
    public bool KnowsTemperature => Health.Temperature != 0;

    public HealthLevel Verdict => Findings.Count == 0 ? HealthLevel.Good : Findings.Max(static finding => finding.Level);

    public static HealthReport Of(PciAddress address, NvmeIdentity identity, NvmeHealth health) => new(address, identity, health, [.. Judge(identity, health)]);

    // Critical Warning: Base specification 1.4, figure 194.
    private static IEnumerable<HealthFinding> Judge(NvmeIdentity identity, NvmeHealth health)
    {
        const byte Spare = 1 << 0;
        const byte Temperature = 1 << 1;
        const byte Reliability = 1 << 2;
        const byte ReadOnly = 1 << 3;
        const byte Backup = 1 << 4;
        const byte PersistentMemory = 1 << 5;

        if ((health.Warning & ReadOnly) != 0)
        {
            yield return new(HealthLevel.Critical, "It has become read-only: it no longer trusts itself to write.", "Copy off what it holds, and replace it.");
        }

        if ((health.Warning & Reliability) != 0)
        {
            yield return new(HealthLevel.Critical, "It says that it is no longer reliable, for errors of the medium or inside of it.", "Copy off what it holds now, and replace it.");
        }

        if ((health.Warning & Spare) != 0)
        {
            yield return new(
                HealthLevel.Critical,
                Text($"Its spare blocks run out: {health.SparePercent} % are left, less than the {health.SpareThresholdPercent} % it should have."),
                "Back up what it holds, and replace it soon.");
        }

        if ((health.Warning & Backup) != 0)
        {
            yield return new(
                HealthLevel.Critical, "Its backup power has failed: writes that it holds in memory are lost when power is.", "Flush after writing (vfio does), or turn its write cache off; replace it.");
        }

        if ((health.Warning & PersistentMemory) != 0)
        {
            yield return new(HealthLevel.Warning, "Its persistent memory region is read-only or unreliable.", "Keep nothing there.");
        }

        if ((health.Warning & unchecked((byte)~(Spare | Temperature | Reliability | ReadOnly | Backup | PersistentMemory))) != 0)
        {
            yield return new(HealthLevel.Warning, Text($"It warns of something that is not known here (critical warning 0x{health.Warning:x2})."), "Its maker's manual may say.");
        }

        bool hot = identity.WarningTemperature != 0 && health.Temperature >= identity.WarningTemperature;
        bool critical = identity.CriticalTemperature != 0 && health.Temperature >= identity.CriticalTemperature;
        if (hot || critical || (health.Warning & Temperature) != 0)
        {
            yield return new(
                critical ? HealthLevel.Critical : HealthLevel.Warning,
                Text($"At {NvmeText.Celsius(health.Temperature)} C it is outside of what it should be{(critical ? ", and may stop or lose data" : "; it slows down to cool")}."),
                "See to its cooling: air that moves, a heat sink, less work.");
        }

        if (health.UsedPercent >= 100)
        {
            yield return new(HealthLevel.Warning, Text($"It has outlived what its maker rates it for: {health.UsedPercent} % are used."), "Plan to replace it.");
        }

        if (health.MediaErrors > 0)
        {
            yield return new(
                HealthLevel.Warning, $"{NvmeText.Count(health.MediaErrors, "time")} it could not bring back data that it held.", "Check what it holds against a backup; replace it if the number grows.");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
