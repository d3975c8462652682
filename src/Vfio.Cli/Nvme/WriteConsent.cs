using System.CommandLine;
using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme.Blocks;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>What stands between a command line and somebody's data: --yes-write, and a look at what is there, which only --force passes over.</summary>
internal sealed class WriteConsent
{
    private const int Listed = 8;
    private const int ScanDepth = 8;

    private readonly Option<bool> _yes = new("--yes-write") { Description = "Yes, write: what the blocks hold is lost" };
    private readonly Option<bool> _force = new("--force") { Description = "Write although the namespace holds a partition table, a file system or the like" };

    public void AddTo(Command command)
    {
        command.Add(_yes);
        command.Add(_force);
    }

    /// <summary>Before anything is opened.</summary>
    /// <exception cref="CommandException">--yes-write was not said: refused.</exception>
    public void Check(ParseResult result, string command)
    {
        if (!result.GetValue(_yes))
        {
            throw new CommandException(ExitCode.Refused, $"{command}: refused. It overwrites blocks, and what they hold is lost. If that is what you want, say so: --yes-write");
        }
    }

    /// <summary>Before anything is written.</summary>
    /// <exception cref="CommandException">Somebody keeps something there, or that cannot be told: refused.</exception>
    public void CheckContent(ParseResult result, NvmeSession session, NvmeNamespace of, CancellationToken cancellation)
    {
        if (result.GetValue(_force))
        {
            return;
        }

        string where = string.Create(CultureInfo.InvariantCulture, $"namespace {of.Id} of {session.Device.Address}");
        IReadOnlyList<Signature> found;
        try
        {
            using NvmeQueue queue = session.Controller.CreateQueue(ScanDepth, cancellation: cancellation);
            found = SignatureScan.Find(of.Blocks * (ulong)of.BlockSize, (offset, to) => ReadBytes(queue, of, offset, to, cancellation));
        }
        catch (NvmeException e)
        {
            throw new CommandException(ExitCode.Refused, $"write to {where}: refused. What it holds cannot be read, so nobody knows what would be lost. {e.Message}. --force writes all the same.");
        }

        if (found.Count > 0)
        {
            string what = string.Join(", ", found.Take(Listed).Select(static signature => string.Create(CultureInfo.InvariantCulture, $"{signature.What} (at byte {signature.Offset})")));
            throw new CommandException(ExitCode.Refused, $"write to {where}: refused. It holds: {what}{(found.Count > Listed ? " and more" : "")}. --force writes all the same.");
        }
    }

    private static void ReadBytes(NvmeQueue queue, NvmeNamespace of, ulong offset, Span<byte> to, CancellationToken cancellation)
    {
        ulong blockSize = (ulong)of.BlockSize;
        int skip = (int)(offset % blockSize);
        byte[] read = new byte[((ulong)(skip + to.Length) + blockSize - 1) / blockSize * blockSize];
        queue.Read(of, offset / blockSize, read, cancellation);
        read.AsSpan(skip, to.Length).CopyTo(to);
    }
}
