using System.CommandLine;
using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>`vfio nvme BDF write`: blocks from a file or standard input, where nobody keeps anything.</summary>
internal sealed class WriteCommand : Command
{
    private const string StandardInput = "-";

    private readonly NvmeOpening _opening;
    private readonly Argument<string> _file = new("FILE") { Description = "Where from; - is standard input" };
    private readonly NumberOption _block = new("--block", 0, ulong.MaxValue, "The first block (default 0)");
    private readonly NumberOption _blocks = new("--blocks", 1, ulong.MaxValue, "How many (default: all that FILE holds)");
    private readonly WriteConsent _consent = new();

    public WriteCommand(NvmeOpening opening) : base("write", "Write blocks from a file or standard input; refused where something is kept")
    {
        _opening = opening;
        Add(_file);
        Add(_block);
        Add(_blocks);
        Add(opening.NamespaceOption);
        _consent.AddTo(this);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        _consent.Check(result, $"nvme {_opening.Address(result)} write");
        ulong first = result.GetValue(_block) ?? 0;
        ulong? wished = result.GetValue(_blocks);
        string path = result.GetValue(_file)!;
        using Stream file = path == StandardInput ? _opening.Terminal.RawInput : NamedFile.Open(path, FileMode.Open, FileAccess.Read, _opening.Cancellation);
        using NvmeSession session = _opening.Open(result);
        NvmeNamespace of = _opening.Namespace(result, session);
        Transfer.Check(of, first, 1);
        ulong? blocks = Length(file, path, of, wished);
        if (blocks is { } known)
        {
            Transfer.Check(of, first, known);
        }

        _consent.CheckContent(result, session, of, _opening.Cancellation);
        ulong written;
        using (Transfer transfer = new(session, of, _opening))
        {
            written = new StreamCopy(transfer, file, path, of, first, _opening.Cancellation).Write(blocks);
        }

        TransferReport report = new(session.Device.Address, Writes: true, of, first, written, path);
        _opening.Answer(result, () => JsonNvmeTransfer.Of(report), terminal => terminal.Out.WriteLine(report.Text));
        return ExitCode.Done;
    }

    /// <summary>Blocks to be written, where that is known before.</summary>
    private static ulong? Length(Stream file, string path, NvmeNamespace of, ulong? wished)
    {
        // The files of /proc and /dev say that they are empty.
        if (path == StandardInput || !file.CanSeek || file.Length == 0)
        {
            return wished;
        }

        ulong bytes = (ulong)file.Length;
        ulong whole = bytes / (ulong)of.BlockSize;
        if (wished is { } blocks)
        {
            return blocks <= whole ? blocks : throw new CommandException(ExitCode.Failed, Text($"{path} holds {bytes} bytes, fewer than {blocks} blocks of {of.BlockSize}."));
        }

        return bytes % (ulong)of.BlockSize == 0 ? whole
            : throw new CommandException(ExitCode.Failed, Text($"{path} holds {bytes} bytes, which are not whole blocks of {of.BlockSize}."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
