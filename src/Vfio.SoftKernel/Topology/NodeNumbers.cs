using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>Numbers and modes of the nodes under /dev. The defaults are those of the recorded guest.</summary>
public sealed record NodeNumbers
{
    /// <summary>Major number of misc devices: /dev/iommu and /dev/vfio/vfio.</summary>
    public uint MiscMajor { get; set; } = 10;

    /// <summary>Minor number of /dev/iommu; dynamic in Linux.</summary>
    public uint IommuMinor { get; set; } = 256;

    /// <summary>Minor number of /dev/vfio/vfio (VFIO_MINOR).</summary>
    public uint ContainerMinor { get; set; } = 196;

    /// <summary>Minor number of /dev/kvm (KVM_MINOR).</summary>
    public uint KvmMinor { get; set; } = 232;

    /// <summary>Major number of /dev/vfio/N; the minor is the lowest free.</summary>
    public uint GroupMajor { get; set; } = 252;

    /// <summary>Major number of /dev/vfio/devices/vfioN; the minor is N.</summary>
    public uint DeviceMajor { get; set; } = 251;

    /// <summary>Permission bits of /dev/iommu.</summary>
    [JsonConverter(typeof(OctalModeConverter))]
    public ushort IommuMode { get; set; } = 0x1B0;

    /// <summary>Permission bits of /dev/vfio/vfio.</summary>
    [JsonConverter(typeof(OctalModeConverter))]
    public ushort ContainerMode { get; set; } = 0x1B6;

    /// <summary>Permission bits of /dev/kvm.</summary>
    [JsonConverter(typeof(OctalModeConverter))]
    public ushort KvmMode { get; set; } = 0x180;

    /// <summary>Permission bits of a group's node.</summary>
    [JsonConverter(typeof(OctalModeConverter))]
    public ushort GroupMode { get; set; } = 0x180;

    /// <summary>Permission bits of a device's node.</summary>
    [JsonConverter(typeof(OctalModeConverter))]
    public ushort DeviceMode { get; set; } = 0x180;
}
