using System.Globalization;
using Spectre.Console;
using Vfio.Cli.Rendering;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>`vfio nvme BDF identify`, for people.</summary>
internal sealed class IdentifyView(IAnsiConsole screen)
{
    private const int ListedNamespaces = 16;

    public void Show(IdentifyReport report)
    {
        NvmeIdentity identity = report.Identity;
        screen.Write(new Text($"{report.Address}  {identity.Model}\n", Look.Title));
        FactSheet sheet = new FactSheet()
            .Add("serial", identity.SerialNumber)
            .Add("firmware", identity.Firmware)
            .Add("NVMe", Line($"{report.Version}, vendor {identity.VendorId:x4}, controller {identity.ControllerId}"))
            .Add("opened by", Look.Name(report.Interface));
        if (identity.Capacity != 0)
        {
            sheet.Add("capacity", NvmeText.Size(identity.Capacity));
        }

        NvmeLimits limits = report.Limits;
        sheet.Add("limits", Line($"{NvmeText.Count((ulong)limits.Queues, "queue")} of {limits.Depth} commands; {FunctionText.Bytes((ulong)limits.Transfer)} a command"));
        if (identity.WarningTemperature != 0)
        {
            sheet.Add("temperature", NvmeText.Thresholds(identity));
        }

        foreach (NamespaceReport ns in report.Namespaces.Take(ListedNamespaces))
        {
            Add(sheet, ns);
        }

        if (report.Namespaces.Count != Math.Min(report.Namespaces.Count, ListedNamespaces))
        {
            sheet.Add("", Line($"and {report.Namespaces.Count - ListedNamespaces} namespaces more: --json shows all"));
        }
        else if (report.Namespaces.Count == 0)
        {
            sheet.Add("namespace", "none", Look.Doubtful);
        }

        screen.Write(sheet.Content);
    }

    private static void Add(FactSheet sheet, NamespaceReport report)
    {
        NvmeNamespace ns = report.Namespace;
        sheet.Add("namespace", Line($"{ns.Id}: {NvmeText.Size(ns.Blocks * (UInt128)ns.BlockSize)}, {ns.Blocks} blocks of {ns.BlockSize} bytes"));
        sheet.Add("formats", report.Formats.Select(Format));
    }

    private static string Format(NvmeFormat format) => string.Concat(
        format.BlockSize == 0 ? "blocks of a size that is not known here" : Line($"blocks of {format.BlockSize} bytes"),
        format.MetadataSize == 0 ? "" : Line($" and {format.MetadataSize} of metadata"),
        ", ",
        NvmeText.Performance(format),
        format.IsInUse ? " (in use)" : "");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
