using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio;

/// <summary>Reads a machine's /sys, /proc and /dev through the seam. What is not there, or may not be read, is null or empty.</summary>
internal sealed class SystemTree(ISystemCalls calls, string root)
{
    // /proc/self/mountinfo and /proc/interrupts grow with the machine; a file without end is not one of theirs.
    private const int LargestFile = 16 << 20;

    /// <summary>An absolute path of that machine as the system calls take it.</summary>
    public string PathOf(string path) => root + path;

    /// <summary>The file's text without trailing white space; null where it cannot be read.</summary>
    public string? ReadText(string path)
    {
        byte[]? bytes = ReadBytes(path);
        return bytes is null ? null : Encoding.UTF8.GetString(bytes).TrimEnd('\n', ' ', '\0');
    }

    /// <summary>The file's bytes; null where it cannot be read.</summary>
    public byte[]? ReadBytes(string path)
    {
        int fd = calls.Open(PathOf(path), OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return null;
        }

        byte[] buffer = new byte[4096];
        int length = 0;
        try
        {
            while (true)
            {
                nint count = calls.Read(fd, buffer.AsSpan(length));
                if (count == -(int)Errno.EINTR)
                {
                    continue;
                }

                if (count < 0 || count > buffer.Length - length)
                {
                    return null;
                }

                if (count == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                length += (int)count;
                if (length == buffer.Length)
                {
                    if (length >= LargestFile)
                    {
                        return null;
                    }

                    Array.Resize(ref buffer, length * 2);
                }
            }
        }
        finally
        {
            _ = calls.Close(fd);
        }
    }

    /// <summary>A hexadecimal number, with or without 0x.</summary>
    public ulong? ReadHex(string path) => ParseHex(ReadText(path));

    public static ulong? ParseHex(string? text)
    {
        ReadOnlySpan<char> digits = text;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }

    /// <summary>Where a symbolic link points; null where it is none.</summary>
    public string? ReadLink(string path)
    {
        byte[] target = new byte[4096];
        nint length = calls.Readlink(PathOf(path), target);
        return length <= 0 || length > target.Length ? null : Encoding.UTF8.GetString(target, 0, (int)length);
    }

    /// <summary>The last component of where a symbolic link points.</summary>
    public string? ReadLinkName(string path)
    {
        string? target = ReadLink(path);
        return target?[(target.LastIndexOf('/') + 1)..];
    }

    /// <summary>The entries of a directory in ordinal order; empty where it cannot be read.</summary>
    public IReadOnlyList<string> List(string path)
        => TryList(path, out List<string> names) < 0 ? [] : names;

    /// <summary>The entries of a directory in ordinal order; zero, or a negative errno.</summary>
    public int TryList(string path, out List<string> names)
    {
        names = [];
        int fd = calls.Open(PathOf(path), OpenFlags.ReadOnly | OpenFlags.Directory);
        if (fd < 0)
        {
            return fd;
        }

        byte[] buffer = new byte[8192];
        try
        {
            while (true)
            {
                nint count = calls.Getdents(fd, buffer);
                if (count <= 0)
                {
                    names.Sort(StringComparer.Ordinal);
                    return (int)count;
                }

                AddNames(buffer.AsSpan(0, (int)nint.Min(count, buffer.Length)), names);
            }
        }
        finally
        {
            _ = calls.Close(fd);
        }
    }

    /// <summary>statx, following links; false where nothing is there.</summary>
    public bool TryStat(string path, out FileStatus status) => calls.Stat(PathOf(path), out status) >= 0;

    /// <summary>Looks at a device node: a name in sysfs is no proof that one is there.</summary>
    /// <param name="path">Under /dev.</param>
    /// <param name="expectedNumbers">Its numbers by sysfs, "10:196"; null where sysfs names none.</param>
    public DeviceNode ReadNode(string path, string? expectedNumbers)
    {
        string rooted = PathOf(path);
        DeviceNode node = new(rooted, NodeState.Missing) { ExpectedNumbers = expectedNumbers };
        int result = calls.Stat(rooted, out FileStatus status);
        if (result == -(int)Errno.EACCES)
        {
            return node with { State = NodeState.NoAccess };
        }

        if (result < 0)
        {
            return node;
        }

        string numbers = string.Create(CultureInfo.InvariantCulture, $"{status.NodeMajor}:{status.NodeMinor}");
        bool wrong = !status.IsCharacterDevice || (expectedNumbers is not null && numbers != expectedNumbers);
        NodeState state = wrong ? NodeState.Wrong
            : calls.Access(rooted, AccessMode.Read | AccessMode.Write) < 0 ? NodeState.NoAccess
            : NodeState.Ready;
        return node with { State = state, Mode = status.Mode & 0xFFF, UserId = status.UserId, GroupId = status.GroupId };
    }

    /// <summary>Writes a sysfs attribute in one write, as it must be.</summary>
    /// <exception cref="VfioException">The kernel refused; the file is named.</exception>
    public void Write(string path, string text)
    {
        string rooted = PathOf(path);
        using VfioFileHandle file = VfioFileHandle.Open(calls, rooted, OpenFlags.WriteOnly);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        nint written;
        do
        {
            written = file.Write(bytes);
        }
        while (written == -(int)Errno.EINTR);
        _ = written.ThrowIfError("write", rooted);
    }

    // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name.
    private static void AddNames(ReadOnlySpan<byte> records, List<string> names)
    {
        const int nameOffset = 19;
        while (records.Length > nameOffset)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            if (length <= nameOffset || length > records.Length)
            {
                return;
            }

            ReadOnlySpan<byte> name = records[nameOffset..length];
            int end = name.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
            if (text is not ("." or ".."))
            {
                names.Add(text);
            }

            records = records[length..];
        }
    }
}
