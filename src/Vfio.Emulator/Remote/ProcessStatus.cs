using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>What /proc says of a process. Linux: fs/proc/array.c proc_pid_status.</summary>
internal static class ProcessStatus
{
    private const int IpcLock = 14;
    private const int SysRawIo = 17;
    private const int SysResource = 24;

    /// <summary>The process a thread belongs to; zero when it has gone.</summary>
    public static int ReadProcessId(ISystemCalls host, int thread)
        => int.TryParse(Field(ReadText(host, thread), "Tgid"), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0;

    /// <summary>The process that waits for it; zero when it has gone.</summary>
    public static int ReadParentId(ISystemCalls host, int process)
        => int.TryParse(Field(ReadText(host, process), "PPid"), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0;

    /// <summary>Who a process is. One that has gone is nobody.</summary>
    public static Credentials ReadCredentials(ISystemCalls host, int process, ulong memlockLimit)
    {
        string text = ReadText(host, process);

        // Real, effective, saved and file-system user.
        string[] users = Field(text, "Uid").Split('\t', StringSplitOptions.RemoveEmptyEntries);
        ulong capabilities = ulong.TryParse(Field(text, "CapEff"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong parsed) ? parsed : 0;
        return new Credentials(
            users.Length > 1 && uint.TryParse(users[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint user) ? user : ushort.MaxValue,
            Has(SysRawIo),
            Has(IpcLock),
            Has(SysResource),
            memlockLimit);

        bool Has(int capability) => ((capabilities >> capability) & 1) != 0;
    }

    /// <summary>A thread's root directory now, for looking up its paths; negative errno.</summary>
    public static int OpenRoot(ISystemCalls host, int thread)
        => host.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/root"), OpenFlags.Directory);

    private static string Field(string text, string name)
    {
        int at = text.IndexOf($"\n{name}:\t", StringComparison.Ordinal);
        if (at < 0)
        {
            return "";
        }

        at += name.Length + 3;
        int end = text.IndexOf('\n', at);
        return end < 0 ? text[at..] : text[at..end];
    }

    private static string ReadText(ISystemCalls host, int id)
    {
        int fd = host.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/status"), OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return "";
        }

        // The groups stand before the capabilities, and there may be 65,536 of them.
        byte[] text = new byte[4096];
        int length = 0;
        nint read;
        while ((read = host.Read(fd, text.AsSpan(length))) > 0)
        {
            length += (int)read;
            if (length == text.Length)
            {
                Array.Resize(ref text, 2 * length);
            }
        }

        host.Close(fd);
        return read < 0 ? "" : Encoding.UTF8.GetString(text, 0, length);
    }
}
