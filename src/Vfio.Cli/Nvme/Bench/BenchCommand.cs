using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>`vfio nvme BDF bench`: how fast random blocks are read or written, and how long each takes.</summary>
internal sealed class BenchCommand : Command
{
    private const int DefaultDepth = 32;
    private const int DefaultBytes = 4096;
    private const double DefaultSeconds = 5;

    private readonly NvmeOpening _opening;
    private readonly NumberOption _depth = new("--qd", 1, ushort.MaxValue, $"Commands under way in each queue (default {DefaultDepth})");
    private readonly NumberOption _queues = new("--queues", 1, ushort.MaxValue, "Queues, each with a thread (default 1)");
    private readonly NumberOption _bytes = new("--block-size", 1, 1 << 30, $"Bytes of each command (default {DefaultBytes})");
    private readonly Option<double> _seconds = new("--seconds")
    {
        CustomParser = ParseSeconds,
        DefaultValueFactory = static _ => DefaultSeconds,
        Description = "How long",
        HelpName = "S",
    };

    private readonly Option<bool> _interrupts = new("--interrupts") { Description = "Wait for MSI-X instead of polling" };
    private readonly Option<string?> _svg = new("--svg") { Description = "Write the picture of latencies there, to share", HelpName = "FILE" };
    private readonly Option<bool> _write = new("--write") { Description = "Random writes instead of reads: what the namespace holds is lost" };
    private readonly WriteConsent _consent = new();

    public BenchCommand(NvmeOpening opening) : base("bench", "Measure random reads or writes: IOPS, throughput, latencies")
    {
        _opening = opening;
        Add(_write);
        Add(_depth);
        Add(_queues);
        Add(_seconds);
        Add(_bytes);
        Add(_interrupts);
        Add(opening.NamespaceOption);
        Add(_svg);
        _consent.AddTo(this);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        bool writes = result.GetValue(_write);
        if (writes)
        {
            _consent.Check(result, $"nvme {_opening.Address(result)} bench --write");
        }

        BenchPlan plan = Plan(result, writes);
        using OutputFile? svg = Picture(result);
        using NvmeSession session = _opening.Open(result, plan.WaitsByInterrupt ? plan.Queues + 1 : 0);
        NvmeNamespace of = _opening.Namespace(result, session);
        Check(session, of, plan);
        if (writes)
        {
            _consent.CheckContent(result, session, of, _opening.Cancellation);
        }

        BenchResult measured;
        using (Progress progress = new(_opening.Terminal))
        {
            measured = new BenchRun(session, of, plan, _opening.Cancellation).Measure(
                session.Controller.Identify(_opening.Cancellation),
                (passed, rate) => progress.Show(string.Create(
                    CultureInfo.InvariantCulture, $"{passed.TotalSeconds:0.0} of {plan.Duration.TotalSeconds:0.###} s, {BenchText.Rate(rate)} IOPS")));
        }

        if (measured.Latency.Count == 0)
        {
            throw new CommandException(ExitCode.Failed, string.Create(
                CultureInfo.InvariantCulture, $"{session.Device.Address} completed no command in {plan.Duration.TotalSeconds:0.###} s; give it more --seconds."));
        }

        _opening.Answer(result, () => JsonNvmeBench.Of(measured), terminal => new BenchView(terminal).Show(measured));
        // Last: a disk that is full now does not cost the figures.
        svg?.Write(Encoding.UTF8.GetBytes(LatencySvg.Draw(measured)));
        return ExitCode.Done;
    }

    private OutputFile? Picture(ParseResult result) => result.GetValue(_svg) switch
    {
        null => null,
        "-" => throw new CommandException(ExitCode.Usage, "--svg - and the figures cannot both go to standard output: name a file."),
        string path => new(path, _opening.Cancellation),
    };

    private BenchPlan Plan(ParseResult result, bool writes)
    {
        BenchPlan plan = new(
            writes,
            (int)(result.GetValue(_depth) ?? DefaultDepth),
            (int)(result.GetValue(_queues) ?? 1),
            (int)(result.GetValue(_bytes) ?? DefaultBytes),
            TimeSpan.FromSeconds(result.GetValue(_seconds)),
            result.GetValue(_interrupts));

        // A span of a queue's memory holds no more.
        return (long)plan.Depth * plan.Bytes <= int.MaxValue ? plan : throw new CommandException(
            ExitCode.Usage, Text($"--qd {plan.Depth} commands of --block-size {plan.Bytes} take 2 GiB of memory or more for each queue; give it fewer, or smaller ones."));
    }

    private void Check(NvmeSession session, NvmeNamespace of, BenchPlan plan)
    {
        // Memory for DMA is not swapped: taking more, the kernel ends whom it likes.
        long room = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        long wanted = (long)plan.Queues * plan.Depth * plan.Bytes;
        NvmeLimits limits = session.Controller.ReadLimits(_opening.Cancellation);
        string? problem = plan switch
        {
            _ when plan.Depth > limits.Depth => Text($"--qd {plan.Depth} is more than it takes: {limits.Depth} at most."),
            _ when plan.Queues > limits.Queues => Text($"--queues {plan.Queues} are more than it gives: {limits.Queues} at most."),
            _ when plan.Bytes % of.BlockSize != 0 => Text($"--block-size {plan.Bytes} is not whole blocks of {of.BlockSize} bytes, which namespace {of.Id} has."),
            _ when plan.Bytes > limits.Transfer => Text($"--block-size {plan.Bytes} is more than a command moves: {limits.Transfer} at most."),
            _ when (ulong)(plan.Bytes / of.BlockSize) > of.Blocks => Text($"--block-size {plan.Bytes} is more than namespace {of.Id} holds: {of.Blocks} blocks of {of.BlockSize} bytes."),
            _ when plan.WaitsByInterrupt && Vectors(session) <= plan.Queues
                => Text($"--interrupts wants an MSI-X vector for each queue and one more; it has {Vectors(session)}. Poll, or use fewer queues."),
            _ when wanted > room
                => Text($"--queues {plan.Queues} of --qd {plan.Depth} commands of --block-size {plan.Bytes} take {NvmeText.Decimal((ulong)wanted)} of memory, more than half of what there is; give it fewer."),
            _ => null,
        };
        if (problem is not null)
        {
            throw new CommandException(ExitCode.Failed, $"{session.Device.Address}: {problem}");
        }
    }

    private static int Vectors(NvmeSession session) => session.Device.GetInterruptInfo(InterruptKind.Msix).Count;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double ParseSeconds(ArgumentResult result)
    {
        const double Least = 0.1;
        const double Most = 86400;
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= Least and <= Most)
        {
            return seconds;
        }

        result.AddError($"--seconds wants a number from {Least.ToString(CultureInfo.InvariantCulture)} to {Most.ToString(CultureInfo.InvariantCulture)}, not '{text}'.");
        return DefaultSeconds;
    }
}
