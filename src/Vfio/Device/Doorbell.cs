using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A register write that the kernel does each time an eventfd is signalled (VFIO_DEVICE_IOEVENTFD): what lets a virtual machine ring a device without this program. Made by
/// <see cref="VfioDevice.AddDoorbell"/>; disposing ends it, as does closing the device.
/// </summary>
public sealed class Doorbell : IDisposable
{
    private readonly VfioFileHandle _device;
    private VfioDeviceIoeventfd _argument;
    private bool _disposed;

    internal Doorbell(VfioFileHandle device, VfioDeviceIoeventfd argument)
    {
        _device = device;
        _argument = argument;
    }

    /// <summary>Ends it (VFIO_DEVICE_IOEVENTFD, fd -1). May be called again.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        // Known by its offset, value and width (Linux: drivers/vfio/pci/vfio_pci_rdwr.c vfio_pci_ioeventfd).
        _argument.Fd = -1;
        try
        {
            _ = _device.Ioctl(VfioUapi.VFIO_DEVICE_IOEVENTFD, ref _argument);
        }
        catch (ObjectDisposedException)
        {
            // It ended as the device was closed.
        }
    }
}
