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
            written = Write(transfer, file, path, of, first, blocks);
        }

        Tell(result, new(session.Device.Address, Writes: true, of, first, written, path));
        return ExitCode.Done;
    }

    /// <summary>Writes until the file ends, or as many blocks as were wished for; all that was written is flushed, also where it ends badly.</summary>
    private ulong Write(Transfer transfer, Stream file, string path, NvmeNamespace of, ulong first, ulong? blocks)
    {
        ulong written = 0;
        string? problem = null;
        while (problem is null && written != blocks)
        {
            Span<byte> part = transfer.Part;
            if (blocks - written is { } left && left < (ulong)transfer.PartBlocks)
            {
                part = part[..((int)left * of.BlockSize)];
            }

            int bytes = Fill(file, path, part);
            int count = bytes / of.BlockSize;
            ulong room = of.Blocks - first - written;
            if (bytes % of.BlockSize != 0)
            {
                problem = Text($"{path} ends {bytes % of.BlockSize} bytes into a block of {of.BlockSize}");
            }
            else if ((ulong)count > room)
            {
                count = (int)room;
                problem = Text($"{path} holds more than namespace {of.Id} does from block {first} on");
            }
            else if (bytes < part.Length && blocks is not null && (ulong)count < blocks - written)
            {
                problem = Text($"{path} ended before {blocks} blocks were read of it");
            }

            if (count > 0)
            {
                transfer.Write(first + written, count);
                written += (ulong)count;
                transfer.Tell("written", written, blocks);
            }

            if (bytes < part.Length)
            {
                break;
            }
        }

        if (written > 0)
        {
            transfer.Flush();
        }

        problem ??= written == 0 ? $"{path} is empty" : null;
        return problem is null ? written : throw new CommandException(ExitCode.Failed, $"{problem}. {NvmeText.Count(written, "block")} before that {(written == 1 ? "was" : "were")} written.");
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
            return path == StandardInput ? _opening.Terminal.RawInput : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    private int Fill(Stream file, string path, Span<byte> part)
    {
        try
        {
            return file.CanSeek ? file.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) : FillFromPipe(file, part);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    // What is read of a pipe or a terminal may never come, and what comes after a signal has ended the command must not go to memory that was given back.
    private int FillFromPipe(Stream file, Span<byte> part)
    {
        byte[] read = new byte[part.Length];
        int count = Task.Run(() => file.ReadAtLeast(read, read.Length, throwOnEndOfStream: false)).WaitAsync(_opening.Cancellation).GetAwaiter().GetResult();
        read.AsSpan(0, count).CopyTo(part);
        return count;
    }

    private static CommandException Unreadable(string path, Exception e) => new(ExitCode.Failed, $"{path} cannot be read: {e.Message}");

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
