using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Blocks of a stream written in order, until it ends or as many as were wished for. However that ends, all that was written is flushed, and told.</summary>
internal sealed class StreamCopy(Transfer transfer, Stream file, string path, NvmeNamespace of, ulong first, CancellationToken cancellation)
{
    // Not the memory that the controller reads: a read that a signal leaves behind must find it there.
    private readonly byte[] _read = new byte[transfer.PartBlocks * of.BlockSize];
    private ulong _written;
    private int _underWay;

    /// <returns>How many blocks were written.</returns>
    /// <exception cref="CommandException">Not all were, for whatever reason, or they may not be kept.</exception>
    public ulong Write(ulong? blocks)
    {
        int code = ExitCode.Failed;
        string? problem;
        try
        {
            problem = WriteParts(blocks);
        }
        catch (OperationCanceledException)
        {
            (code, problem) = (ExitCode.Interrupted, "interrupted; no device is left open");
        }
        catch (NvmeException e)
        {
            problem = e.Message;
        }

        string? unkept = Flush();
        problem ??= _written == 0 ? $"{path} is empty" : unkept;
        return problem is null ? _written : throw new CommandException(code, $"{problem}. {Told(problem, unkept)}");
    }

    /// <returns>Why it ended before it should; null where it did not.</returns>
    private string? WriteParts(ulong? blocks)
    {
        while (_written != blocks)
        {
            int wanted = (int)Math.Min((ulong)transfer.PartBlocks, blocks - _written ?? ulong.MaxValue) * of.BlockSize;
            int bytes;
            try
            {
                bytes = Interruptible.Wait(() => file.ReadAtLeast(_read.AsSpan(0, wanted), wanted, throwOnEndOfStream: false), cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"{path} cannot be read: {e.Message}";
            }

            int count = bytes / of.BlockSize;
            string? problem = null;
            if (bytes % of.BlockSize != 0)
            {
                problem = Text($"{path} ends {bytes % of.BlockSize} bytes into a block of {of.BlockSize}");
            }
            else if (bytes < wanted && blocks - _written > (ulong)count)
            {
                problem = Text($"{path} ended before {blocks} blocks were read of it");
            }

            if ((ulong)count > of.Blocks - first - _written)
            {
                count = (int)(of.Blocks - first - _written);
                problem = Text($"{path} holds more than namespace {of.Id} does from block {first} on");
            }

            WritePart(count, blocks);
            if (problem is not null || bytes < wanted)
            {
                return problem;
            }
        }

        return null;
    }

    private void WritePart(int count, ulong? blocks)
    {
        if (count == 0)
        {
            return;
        }

        _read.AsSpan(0, count * of.BlockSize).CopyTo(transfer.Part);
        cancellation.ThrowIfCancellationRequested();
        _underWay = count;
        transfer.Write(first + _written, count);
        _underWay = 0;
        _written += (ulong)count;
        transfer.Tell("written", _written, blocks);
    }

    /// <returns>Why what was written may not be kept; null where it is.</returns>
    private string? Flush()
    {
        if (_written == 0 && _underWay == 0)
        {
            return null;
        }

        try
        {
            transfer.Flush();
            return null;
        }
        catch (NvmeException e)
        {
            return e.Message;
        }
    }

    private string Told(string problem, string? unkept)
    {
        string written = $"{NvmeText.Count(_written, "block")} before that {(_written == 1 ? "was" : "were")} written";
        string kept = _written == 0 ? "" : unkept is null ? " and flushed" : unkept == problem ? ", and may not be kept" : $", and may not be kept: {unkept}";
        string unknown = _underWay == 0 ? "" : Text($"; of {NvmeText.Count((ulong)_underWay, "block")} from {first + _written} on, it is not known");
        return $"{written}{kept}{unknown}.";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
