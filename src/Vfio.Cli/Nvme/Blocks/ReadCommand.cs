using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>`vfio nvme BDF read`: blocks into a file, to standard output, or for people in hexadecimal.</summary>
internal sealed class ReadCommand : Command
{
    private const string StandardOutput = "-";

    private readonly NvmeOpening _opening;
    private readonly Argument<string> _file = new("FILE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = static _ => StandardOutput,
        Description = "Where to; - is standard output, in hexadecimal where that is a terminal",
    };

    private readonly NumberOption _block = new("--block", 0, ulong.MaxValue, "The first block (default 0)");
    private readonly NumberOption _blocks = new("--blocks", 1, ulong.MaxValue, "How many (default 1)");

    public ReadCommand(NvmeOpening opening) : base("read", "Read blocks into a file, to standard output, or in hexadecimal")
    {
        _opening = opening;
        Add(_file);
        Add(_block);
        Add(_blocks);
        Add(opening.NamespaceOption);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        ulong first = result.GetValue(_block) ?? 0;
        ulong blocks = result.GetValue(_blocks) ?? 1;
        string path = result.GetValue(_file)!;
        if (path == StandardOutput && _opening.WantsJson(result))
        {
            throw new CommandException(ExitCode.Usage, "--json and the blocks cannot both go to standard output: name a FILE.");
        }

        using OutputFile? file = path == StandardOutput ? null : new OutputFile(path, _opening.Cancellation);
        using NvmeSession session = _opening.Open(result);
        NvmeNamespace of = _opening.Namespace(result, session);
        Transfer.Check(of, first, blocks);
        using (Transfer transfer = new(session, of, _opening))
        {
            if (file is not null)
            {
                transfer.Read(first, blocks, file.Write);
            }
            else
            {
                ToStandardOutput(transfer, of, first, blocks);
            }
        }

        if (file is not null)
        {
            TransferReport report = new(session.Device.Address, Writes: false, of, first, blocks, path);
            _opening.Answer(result, () => JsonNvmeTransfer.Of(report), terminal => terminal.Out.WriteLine(report.Text));
        }

        return ExitCode.Done;
    }

    private void ToStandardOutput(Transfer transfer, NvmeNamespace of, ulong first, ulong blocks)
    {
        Terminal terminal = _opening.Terminal;
        if (!terminal.IsInteractive)
        {
            transfer.Read(first, blocks, terminal.RawOutput.Write);
            terminal.RawOutput.Flush();
            return;
        }

        HexDump dump = new(terminal.Out, first * (ulong)of.BlockSize);
        transfer.Read(first, blocks, dump.Write);
        dump.End();
    }
}
