using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>
/// Plays a file of calls (tests/transcripts/vfio/*.cases) and tells each line with its answer, as tests/c/vfio_cases.c does on a real kernel; that
/// program's head says what the lines mean.
/// </summary>
internal sealed class CasePlayer : IDisposable
{
    private const int MemorySize = 1 << 20;

    private readonly ISystemCalls _calls;
    private readonly string _address;
    private readonly string _group;
    private readonly nint _memory;
    private readonly Dictionary<string, int> _files = new(StringComparer.Ordinal);

    public CasePlayer(ISystemCalls calls, string address, string group)
    {
        _calls = calls;
        _address = address;
        _group = group;
        _memory = calls.Mmap(MemorySize, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared | MmapFlags.Anonymous | MmapFlags.Populate, -1, 0);
    }

    public string Play(string line)
    {
        string expanded = line.Replace("{bdf}", _address, StringComparison.Ordinal).Replace("{group}", _group, StringComparison.Ordinal);
        string[] token = expanded.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int fd = _files.GetValueOrDefault(token[1], -1);
        return (line + token[0] switch
        {
            "open" => Opened(token[1], _calls.Open(token[2], OpenFlags.ReadWrite)),
            "event" => Opened(token[1], _calls.Eventfd(0, EventfdFlags.NonBlocking)),
            "close" => Close(token[1], fd),
            "device" => Opened(token[1], GetDevice(_files[token[2]], expanded[(expanded.IndexOf(token[2], StringComparison.Ordinal) + token[2].Length + 1)..])),
            "value" => Answer(_calls.Ioctl(fd, Request(token[2]), (nuint)Number(token[3]))),
            "ioctl" => Ioctl(fd, Request(token[2]), token.AsSpan(3)),
            "pread" => Pread(fd, (long)Number(token[2]), (int)Number(token[3])),
            "pwrite" => Answer(_calls.Pwrite(fd, Convert.FromHexString(token[3]), (long)Number(token[2]))),
            "mmap" => Mmap(fd, token),
            "count" => Count(fd),
            _ => " -> ?",
        }).TrimEnd();
    }

    public void Dispose()
    {
        foreach (int fd in _files.Values.Where(fd => fd >= 0))
        {
            _calls.Close(fd);
        }

        _calls.Munmap(_memory, MemorySize);
    }

    private static string Answer(nint result) => string.Create(CultureInfo.InvariantCulture, $" -> {result}");

    private static uint Request(string number) => 0x3b00 | (uint)Number(number);

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    private uint Word(string text) => text switch
    {
        ['$', .. string name] => (uint)_files[name],
        "%lo" => (uint)_memory,
        "%hi" => (uint)((ulong)_memory >> 32),
        _ => (uint)Number(text),
    };

    private string Opened(string name, int fd)
    {
        if (fd < 0)
        {
            return Answer(fd);
        }

        _files[name] = fd;
        return " -> ok";
    }

    private string Close(string name, int fd)
    {
        _files[name] = -1;
        return Answer(_calls.Close(fd));
    }

    private int GetDevice(int group, string name)
        => _calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, Encoding.ASCII.GetBytes(name + '\0').AsSpan());

    private string Ioctl(int fd, uint request, ReadOnlySpan<string> tokens)
    {
        // As long as the C program's buffer: a size beyond the words given reads zeros there.
        Span<byte> words = stackalloc byte[320];
        words.Clear();
        for (int i = 0; i < tokens.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(words[(i * 4)..], Word(tokens[i]));
        }

        var told = new StringBuilder(Answer(_calls.Ioctl(fd, request, words))).Append(" :");
        for (int i = 0; i < tokens.Length; i++)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(words[(i * 4)..]);
            bool named = tokens[i][0] is '$' or '%' && word == Word(tokens[i]);
            told.Append(CultureInfo.InvariantCulture, $" {(named ? tokens[i] : word.ToString("x", CultureInfo.InvariantCulture))}");
        }

        return told.ToString();
    }

    private string Pread(int fd, long offset, int length)
    {
        byte[] data = new byte[length];
        nint read = _calls.Pread(fd, data, offset);
        return $"{Answer(read)} {Convert.ToHexStringLower(data, 0, (int)Math.Max(read, 0))}";
    }

    private string Mmap(int fd, string[] token)
    {
        nuint length = (nuint)Number(token[3]);
        nint address = _calls.Mmap(length, (MmapProtection)Number(token[4]), (MmapFlags)Number(token[5]), fd, (long)Number(token[2]));
        if (address is < 0 and > -4096)
        {
            return Answer(address);
        }

        _calls.Munmap(address, length);
        return Answer(0);
    }

    private string Count(int fd)
    {
        Span<byte> count = stackalloc byte[8];
        nint read = _calls.Read(fd, count);
        return string.Create(CultureInfo.InvariantCulture, $"{Answer(read)} {(read < 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(count))}");
    }
}
