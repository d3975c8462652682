using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommufd_vevent_header.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommufdVeventHeader
{
    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>sequence.</summary>
    public uint Sequence;
}
