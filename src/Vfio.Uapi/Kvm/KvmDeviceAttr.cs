using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="KvmUapi.KVM_SET_DEVICE_ATTR"/>, <see cref="KvmUapi.KVM_GET_DEVICE_ATTR"/> and
/// <see cref="KvmUapi.KVM_HAS_DEVICE_ATTR"/>: one attribute of an in-kernel device.
/// </summary>
/// <remarks>struct kvm_device_attr, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmDeviceAttr
{
    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>Which group of attributes; for VFIO <see cref="KvmUapi.KVM_DEV_VFIO_FILE"/>.</summary>
    public uint Group;

    /// <summary>
    /// Which attribute of the group; for VFIO <see cref="KvmUapi.KVM_DEV_VFIO_FILE_ADD"/> or
    /// <see cref="KvmUapi.KVM_DEV_VFIO_FILE_DEL"/>.
    /// </summary>
    public ulong Attr;

    /// <summary>Address of the attribute's data; for VFIO of a 32-bit descriptor of a VFIO group or device.</summary>
    public ulong Addr;
}
