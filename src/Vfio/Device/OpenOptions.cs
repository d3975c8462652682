namespace Vfio;

/// <summary>What goes with opening a device, whichever interface it is opened by.</summary>
public sealed record OpenOptions
{
    /// <summary>
    /// The virtual machine the device is for; null: none. The device's file is added to it before it is bound, or the group's before the device is opened, and removed when the
    /// device is disposed. Not owned: dispose it after the device.
    /// </summary>
    /// <remarks>
    /// Several devices opened through one <see cref="VfioGroup"/>: add the group by <see cref="KvmVfioDevice.Add"/> and leave this null. The device that added the group removes it when it is
    /// disposed, whether others of the group are still in use or not.
    /// </remarks>
    public KvmVfioDevice? Kvm { get; init; }

    /// <summary>
    /// The secret of a physical function whose user set one (<see cref="VfioDevice.SetVfToken"/>): needed for its virtual functions. By device node since Linux 6.17.
    /// </summary>
    public Guid? VfToken { get; init; }
}
