using Vfio.Uapi;

namespace Vfio;

// Register writes the kernel does by itself.
public sealed partial class VfioDevice
{
    /// <summary>
    /// Has the kernel write a register each time an eventfd is signalled (VFIO_DEVICE_IOEVENTFD). The eventfd's count is not written; signals that come together are one write.
    /// </summary>
    /// <param name="eventfd">The eventfd; the kernel keeps its own reference.</param>
    /// <param name="bar">0 to 5: which BAR.</param>
    /// <param name="offset">Where in it, in bytes; a multiple of <paramref name="width"/>, outside of the MSI-X table.</param>
    /// <param name="value">What is written.</param>
    /// <param name="width">1, 2 or 4 bytes; x86 does not do 8.</param>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No BAR, outside of it, or a width of less than 1 or more than 8.</exception>
    /// <exception cref="VfioException">EINVAL: not such a place, or a width the machine cannot do. EEXIST: it is written so already. ENOSPC: as many as there may be (1000).</exception>
    public Doorbell AddDoorbell(VfioFileHandle eventfd, int bar, ulong offset, ulong value, int width)
    {
        ArgumentNullException.ThrowIfNull(eventfd);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bar, (uint)BarCount - 1, nameof(bar));

        // Only the low four bits of a width would reach the kernel, which judges what is left.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, sizeof(ulong));
        Region region = GetRegion(bar);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, region.Size);
        using HeldDescriptor held = eventfd.Hold();
        VfioDeviceIoeventfd argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioDeviceIoeventfd>(),
            Flags = (uint)width & VfioUapi.VFIO_DEVICE_IOEVENTFD_SIZE_MASK,
            Offset = region.Info.FileOffset + offset,
            Data = value,
            Fd = held.Fd,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_IOEVENTFD, ref argument), nameof(VfioUapi.VFIO_DEVICE_IOEVENTFD), $"BAR {bar} + 0x{offset:x}, {width} bytes");
        return new Doorbell(Handle, argument);
    }
}
