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
    private readonly NumberOption _namespace = new("--namespace", 1, uint.MaxValue - 1, "The namespace (default: the first)");
    private readonly WriteConsent _consent = new();

    public WriteCommand(NvmeOpening opening) : base("write", "Write blocks from a file or standard input; refused where something is kept")
    {
        _opening = opening;
        Add(_file);
        Add(_block);
        Add(_blocks);
        Add(_namespace);
        _consent.AddTo(this);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        _consent.Check(result, $"nvme {_opening.Address(result)} write");
        ulong first = result.GetValue(_block) ?? 0;
        ulong? wished = result.GetValue(_blocks);
        string path = result.GetValue(_file)!;
        using Stream file = Open(path);
        using NvmeSession session = _opening.Open(result);
        NvmeNamespace of = session.Namespace((uint?)result.GetValue(_namespace));
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

        Tell(result, new(session.Device.Address, Writes: true, of, first, written, path));
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

    private Stream Open(string path)
    {
        try
        {
            return path == StandardInput ? _opening.Terminal.RawInput
                : Interruptible.Wait(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0), _opening.Cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{path} cannot be read: {e.Message}");
        }
    }

    private void Tell(ParseResult result, TransferReport report)
    {
        if (_opening.WantsJson(result))
        {
            JsonOutput.Write(_opening.Terminal.Out, JsonNvmeTransfer.Of(report));
        }
        else
        {
            _opening.Terminal.Out.WriteLine(Text(
                $"{NvmeText.Count(report.Blocks, "block")} ({NvmeText.Size(report.Bytes)}) of {report.File} are in namespace {report.Namespace.Id} from block {report.First} on, and flushed"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
