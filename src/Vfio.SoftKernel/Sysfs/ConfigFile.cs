using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A function's configuration space. Linux: drivers/pci/pci-sysfs.c pci_read_config, pci_write_config.</summary>
/// <param name="fileSystem">sysfs.</param>
/// <param name="model">The function.</param>
internal sealed class ConfigFile(TreeFileSystem fileSystem, PciModel model) : TreeFile(fileSystem, 0x1A4)
{
    // Without CAP_SYS_ADMIN only the standard header is shown: several chips trip over reading undefined places.
    private const int OpenToAll = 64;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Another number after every change.</summary>
    public long Version => model.Config.Version;

    /// <inheritdoc/>
    public override ulong Size => (ulong)model.Config.Size;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, long offset)
    {
        int end = task.Credentials.UserId == 0 ? model.Config.Size : OpenToAll;
        if (offset >= end)
        {
            return 0;
        }

        buffer = buffer[..(int)Math.Min(buffer.Length, end - offset)];
        model.ReadConfig((int)offset, buffer);
        return buffer.Length;
    }

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset)
    {
        // fs/sysfs/file.c sysfs_kf_bin_write: past the end is EFBIG.
        if (offset >= model.Config.Size)
        {
            return -(int)Errno.EFBIG;
        }

        buffer = buffer[..(int)Math.Min(buffer.Length, model.Config.Size - offset)];
        model.WriteConfig((int)offset, buffer);
        return buffer.Length;
    }
}
