using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="KvmUapi.KVM_CREATE_DEVICE"/>: makes one of KVM's in-kernel devices in a virtual machine. The VFIO one is
/// there once per machine; a second is EBUSY.
/// </summary>
/// <remarks>struct kvm_create_device, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct KvmCreateDevice
{
    /// <summary>KVM_DEV_TYPE_*; for VFIO <see cref="KvmUapi.KVM_DEV_TYPE_VFIO"/>.</summary>
    public uint Type;

    /// <summary>
    /// Set by the kernel: the device's descriptor, which the caller closes. Closing it removes the device and lets go of every VFIO
    /// file.
    /// </summary>
    public int Fd;

    /// <summary>Zero, or <see cref="KvmUapi.KVM_CREATE_DEVICE_TEST"/> to ask whether the type is known.</summary>
    public uint Flags;
}
