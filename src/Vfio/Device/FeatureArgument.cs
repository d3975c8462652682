using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>struct vfio_device_feature with the data that follows it. Every feature's data is aligned to no more than its eight bytes.</summary>
/// <typeparam name="T">The data as the kernel lays it out.</typeparam>
[StructLayout(LayoutKind.Sequential)]
internal struct FeatureArgument<T>
    where T : unmanaged
{
    /// <summary>The head.</summary>
    public VfioDeviceFeature Head;

    /// <summary>The data.</summary>
    public T Data;
}
