using System.Globalization;
using System.Text;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Bytes for people: sixteen a line with their place, and one `*` for lines that are as the one before.</summary>
internal sealed class HexDump(TextWriter writer, ulong start)
{
    private const int LineBytes = 16;

    // From 1 TiB on a place takes more digits than 80 columns have room for beside bytes that stand alone.
    private const ulong PairsFrom = 1UL << 40;

    private readonly byte[] _last = new byte[LineBytes];
    private ulong _at = start;
    private bool _hasLast;
    private bool _skips;

    /// <param name="data">Whole lines: blocks are of 512 bytes or more.</param>
    public void Write(ReadOnlySpan<byte> data)
    {
        for (; !data.IsEmpty; data = data[LineBytes..], _at += LineBytes)
        {
            ReadOnlySpan<byte> line = data[..LineBytes];
            if (_hasLast && line.SequenceEqual(_last))
            {
                if (!_skips)
                {
                    writer.WriteLine("*");
                }

                _skips = true;
                continue;
            }

            writer.WriteLine(Line(line));
            line.CopyTo(_last);
            _hasLast = true;
            _skips = false;
        }
    }

    /// <summary>The place behind the last byte.</summary>
    public void End() => writer.WriteLine(_at.ToString("x8", CultureInfo.InvariantCulture));

    private string Line(ReadOnlySpan<byte> bytes)
    {
        StringBuilder line = new(_at.ToString("x8", CultureInfo.InvariantCulture));
        bool pairs = _at >= PairsFrom;
        for (int i = 0; i < LineBytes; i++)
        {
            line.Append(i % 8 == 0 ? "  " : pairs && i % 2 != 0 ? "" : " ").Append(bytes[i].ToString("x2", CultureInfo.InvariantCulture));
        }

        line.Append("  |");
        foreach (byte value in bytes)
        {
            line.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        }

        return line.Append('|').ToString();
    }
}
