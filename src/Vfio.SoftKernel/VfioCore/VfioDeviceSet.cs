namespace Vfio.SoftKernel.VfioCore;

/// <summary>Devices that are reset together; its lock serialises open, close, attach and reset of all of them. Linux: struct vfio_device_set.</summary>
internal sealed class VfioDeviceSet
{
    private readonly List<VfioCoreDevice> _devices = [];

    /// <summary>dev_set->lock.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The members; read and changed under the lock.</summary>
    public List<VfioCoreDevice> Devices => _devices;
}
