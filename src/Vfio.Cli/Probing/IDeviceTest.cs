namespace Vfio.Cli.Probing;

/// <summary>A test for one kind of device.</summary>
internal interface IDeviceTest
{
    /// <summary>Whether this is its kind.</summary>
    bool Knows(PciFunction function);

    /// <summary>Uses the device: registers, DMA, an interrupt. It leaves the device quiet.</summary>
    /// <exception cref="IOException">The kernel or the device broke off.</exception>
    DeviceChecks Run(VfioDevice device, CancellationToken cancellation);
}
