using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>A process's address space as the host lists it. Linux: /proc/PID/maps, lines "start-end rwxp offset device inode path", in order.</summary>
public static class ProcessMaps
{
    [ThreadStatic]
    private static IReadOnlyList<ProcessMapping>? s_held;

    /// <summary>This process's mappings, in the order of their addresses; none when the host does not say.</summary>
    public static IEnumerable<ProcessMapping> Read(ISystemCalls host) => s_held ?? Read(host, "/proc/self/maps");

    /// <summary>Until it is disposed, this thread reads of this process what is there now.</summary>
    public static IDisposable Hold(ISystemCalls host)
    {
        s_held = [.. Read(host, "/proc/self/maps")];
        return new Held();
    }

    /// <summary>The mappings of a process, as they are now.</summary>
    /// <param name="host">The host.</param>
    /// <param name="path">Its list: /proc/PID/maps.</param>
    public static IEnumerable<ProcessMapping> Read(ISystemCalls host, string path)
    {
        ArgumentNullException.ThrowIfNull(host);
        foreach (string line in ReadText(host, path).Split('\n'))
        {
            if (TryParse(line, out ProcessMapping mapping))
            {
                yield return mapping;
            }
        }
    }

    private static bool TryParse(string line, out ProcessMapping mapping)
    {
        mapping = default;
        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [string range, { Length: >= 4 } permissions, string offset, string device, string inode, .. string[] path]
            || range.Split('-') is not [string first, string past]
            || device.Split(':') is not [string major, string minor]
            || !TryHex(first, out ulong start) || !TryHex(past, out ulong end) || !TryHex(offset, out ulong position)
            || !TryHex(major, out ulong majorNumber) || !TryHex(minor, out ulong minorNumber)
            || !ulong.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out ulong inodeNumber))
        {
            return false;
        }

        mapping = new ProcessMapping(
            start,
            end,
            permissions[0] == 'r',
            permissions[1] == 'w',
            permissions[3] == 's',
            path is ["/anon_hugepage", ..],
            position,
            ((uint)majorNumber, (uint)minorNumber, inodeNumber));
        return true;
    }

    private static bool TryHex(string text, out ulong value) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private static string ReadText(ISystemCalls host, string path)
    {
        int fd = host.Open(path, OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return "";
        }

        var text = new StringBuilder();
        byte[] buffer = new byte[64 << 10];
        nint read;
        while ((read = host.Read(fd, buffer)) > 0)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, (int)read));
        }

        host.Close(fd);
        return text.ToString();
    }

    private sealed class Held : IDisposable
    {
        public void Dispose() => s_held = null;
    }
}
