namespace Vfio.Hardware.Iommus;

/// <summary>What a device may do through a mapping, as seen from the device.</summary>
[Flags]
public enum DmaAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The device reads memory.</summary>
    Read = 1,

    /// <summary>The device writes memory.</summary>
    Write = 2,
}
