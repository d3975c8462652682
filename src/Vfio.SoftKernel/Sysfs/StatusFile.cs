using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>What /proc/self/status says of the caller, as far as VFIO's programs ask. Linux: fs/proc/array.c proc_pid_status.</summary>
/// <param name="fileSystem">proc.</param>
internal sealed class StatusFile(TreeFileSystem fileSystem) : TreeFile(fileSystem, 0x124)
{
    // CAP_LAST_CAP of Linux 7.2 is CAP_CHECKPOINT_RESTORE, 40.
    private const ulong AllCapabilities = (1UL << 41) - 1;
    private const ulong IpcLock = 1UL << 14;
    private const ulong SysRawIo = 1UL << 17;
    private const ulong SysResource = 1UL << 24;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, long offset)
    {
        Credentials who = task.Credentials;
        ulong kept = (who.IpcLock ? IpcLock : 0) | (who.SysRawIo ? SysRawIo : 0) | (who.SysResource ? SysResource : 0);
        ulong capabilities = who.UserId == 0 ? (AllCapabilities & ~(IpcLock | SysRawIo | SysResource)) | kept : kept;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"Pid:\t{task.ProcessId}\nUid:\t{who.UserId}\t{who.UserId}\t{who.UserId}\t{who.UserId}\nCapEff:\t{capabilities:x16}\n");
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        if (offset >= bytes.Length)
        {
            return 0;
        }

        bytes = bytes[(int)offset..];
        bytes = bytes[..Math.Min(bytes.Length, buffer.Length)];
        bytes.CopyTo(buffer);
        return bytes.Length;
    }

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset) => -(int)Errno.EIO;
}
