using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>What holds a mock device attached; destroying it detaches, unbinds and removes the device. Linux: struct selftest_obj, IOMMUFD_OBJ_SELFTEST.</summary>
/// <param name="module">Whose device it is.</param>
internal sealed class SelftestObject(TestModule module) : KernelObject
{
    /// <summary>The mock device.</summary>
    public MockDevice Device => (MockDevice)Bound.Device;

    /// <summary>Its binding. Set before anybody can find this object.</summary>
    public IommufdDevice Bound { get; set; } = null!;

    /// <summary>iopf_rwsem, as far as a driver must keep calls on one device from each other: attach, replace, detach, a PASID's too.</summary>
    public Lock AttachLock { get; } = new();

    /// <summary>iommufd_selftest_destroy.</summary>
    internal override void OnDestroyed()
    {
        MockDevice device = Device;
        lock (AttachLock)
        {
            // The kernel leaves PASIDs attached, and then its device, for want of anybody else to give it back.
            foreach (uint pasid in Bound.AttachedPasids)
            {
                Bound.Detach(pasid);
            }

            Bound.Detach();
        }

        Bound.Unbind();
        module.DestroyDevice(device);
    }
}
