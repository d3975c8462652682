using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_VDEVICE_ALLOC"/>: tells a vIOMMU under which id the virtual machine knows a device.
/// </summary>
/// <remarks>struct iommu_vdevice_alloc, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVdeviceAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The vIOMMU.</summary>
    public uint ViommuId;

    /// <summary>The bound device, behind the same physical IOMMU. It can have one vDEVICE.</summary>
    public uint DevId;

    /// <summary>
    /// Set by the kernel: the id of the vDEVICE. If the device is unbound first, this id stays taken until the iommufd closes.
    /// </summary>
    public uint OutVdeviceId;

    /// <summary>The id inside the virtual machine: stream id (Arm), device id (AMD) or requester id (Intel).</summary>
    public ulong VirtId;
}
