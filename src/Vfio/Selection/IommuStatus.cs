namespace Vfio;

/// <summary>Whether this machine has an IOMMU at work, and where it was lost if not.</summary>
public enum IommuStatus
{
    /// <summary>Could not be told.</summary>
    Unknown,

    /// <summary>At work.</summary>
    Active,

    /// <summary>The firmware offers it; the kernel's command line (or configuration) leaves it off.</summary>
    OffInKernel,

    /// <summary>The firmware does not offer it: on real hardware most often a switch in its setup.</summary>
    OffInFirmware,

    /// <summary>A virtual machine that was given none.</summary>
    Absent,
}
