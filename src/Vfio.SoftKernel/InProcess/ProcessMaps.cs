using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>This process's address space as the host lists it. Linux: /proc/self/maps, lines "start-end rwxp offset device inode path", in order.</summary>
internal static class ProcessMaps
{
    [ThreadStatic]
    private static IReadOnlyList<ProcessMapping>? s_held;

    /// <summary>The mappings, in the order of their addresses; none when the host does not say.</summary>
    public static IEnumerable<ProcessMapping> Read(ISystemCalls host) => s_held ?? Ask(host);

    /// <summary>Until it is disposed, this thread reads what is there now.</summary>
    public static IDisposable Hold(ISystemCalls host)
    {
        s_held = [.. Ask(host)];
        return new Held();
    }

    private static IEnumerable<ProcessMapping> Ask(ISystemCalls host)
    {
        foreach (string line in ReadText(host).Split('\n'))
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

    private static string ReadText(ISystemCalls host)
    {
        int fd = host.Open("/proc/self/maps", OpenFlags.ReadOnly);
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
