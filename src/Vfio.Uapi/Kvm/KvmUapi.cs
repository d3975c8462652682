namespace Vfio.Uapi;

/// <summary>The numbers of linux/kvm.h that tie VFIO devices to a virtual machine, under the header's own names.</summary>
public static class KvmUapi
{
    /// <summary>What <see cref="KVM_GET_API_VERSION"/> returns since Linux 2.6.22.</summary>
    public const uint KVM_API_VERSION = 12;

    /// <summary>/dev/kvm: the API's version is the result.</summary>
    public const uint KVM_GET_API_VERSION = 0xAE00;

    /// <summary>/dev/kvm: makes a virtual machine of the type given by value (0); the result is its descriptor.</summary>
    public const uint KVM_CREATE_VM = 0xAE01;

    /// <summary>/dev/kvm and a machine: whether the capability given by value is supported is the result.</summary>
    public const uint KVM_CHECK_EXTENSION = 0xAE03;

    /// <summary>Capability: <see cref="KVM_CREATE_DEVICE"/> works.</summary>
    public const uint KVM_CAP_DEVICE_CTRL = 89;

    /// <summary>Machine: <see cref="KvmCreateDevice"/>.</summary>
    public const uint KVM_CREATE_DEVICE = 0xC00CAEE0;

    /// <summary>In-kernel device: sets the attribute of <see cref="KvmDeviceAttr"/>.</summary>
    public const uint KVM_SET_DEVICE_ATTR = 0x4018AEE1;

    /// <summary>In-kernel device: reads the attribute of <see cref="KvmDeviceAttr"/>. The VFIO device has none to read.</summary>
    public const uint KVM_GET_DEVICE_ATTR = 0x4018AEE2;

    /// <summary>In-kernel device: whether it has the attribute of <see cref="KvmDeviceAttr"/>: 0, or ENXIO.</summary>
    public const uint KVM_HAS_DEVICE_ATTR = 0x4018AEE3;

    /// <summary>Only ask whether the type is known.</summary>
    public const uint KVM_CREATE_DEVICE_TEST = 1;

    /// <summary>The in-kernel device that knows which VFIO devices a machine uses.</summary>
    public const uint KVM_DEV_TYPE_VFIO = 4;

    /// <summary>Its one group of attributes.</summary>
    public const uint KVM_DEV_VFIO_FILE = 1;

    /// <summary>Add a VFIO group or device file. Before BIND, so that KVM knows of non-coherent DMA in time.</summary>
    public const uint KVM_DEV_VFIO_FILE_ADD = 1;

    /// <summary>Take a file out again.</summary>
    public const uint KVM_DEV_VFIO_FILE_DEL = 2;

    /// <summary>The name of <see cref="KVM_DEV_VFIO_FILE"/> before Linux 6.6.</summary>
    public const uint KVM_DEV_VFIO_GROUP = 1;

    /// <summary>The name of <see cref="KVM_DEV_VFIO_FILE_ADD"/> before Linux 6.6.</summary>
    public const uint KVM_DEV_VFIO_GROUP_ADD = 1;

    /// <summary>The name of <see cref="KVM_DEV_VFIO_FILE_DEL"/> before Linux 6.6.</summary>
    public const uint KVM_DEV_VFIO_GROUP_DEL = 2;
}
