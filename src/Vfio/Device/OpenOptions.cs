namespace Vfio;

/// <summary>What goes with opening a device, whichever interface it is opened by.</summary>
public sealed record OpenOptions
{
    /// <summary>
    /// The virtual machine the device is for; null: none. The device's file is added to it before it is bound, or the group's before the device is opened, and removed when the
    /// device is disposed, the last of those opened through one <see cref="VfioGroup"/>. Not owned: dispose it after the device.
    /// </summary>
    public KvmVfioDevice? Kvm { get; init; }

    /// <summary>
    /// The secret of a physical function whose user set one (<see cref="VfioDevice.SetVfToken"/>): needed for its virtual functions. By device node since Linux 6.17.
    /// </summary>
    public Guid? VfToken { get; init; }
}
