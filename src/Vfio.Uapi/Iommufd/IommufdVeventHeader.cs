using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>What precedes every event read from a virtual event queue.</summary>
/// <remarks>struct iommufd_vevent_header, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommufdVeventHeader
{
    /// <summary><see cref="IommufdUapi.IOMMU_VEVENTQ_FLAG_LOST_EVENTS"/> or zero. With it no event follows.</summary>
    public uint Flags;

    /// <summary>Number of the event, 0 to <c>int.MaxValue</c> and around. A gap is events lost.</summary>
    public uint Sequence;
}
