using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>Pages in a row that were pinned together and have the same users.</summary>
internal sealed class PinnedRun
{
    /// <summary>First page, in the numbering of its pages' source.</summary>
    public ulong First;

    /// <summary>Last page.</summary>
    public ulong Last;

    /// <summary>How many areas and accesses need them.</summary>
    public int Users;

    /// <summary>Where the first page stands in <see cref="Backing"/>.</summary>
    public ulong Offset;

    /// <summary>The memory, with a reference of this run's.</summary>
    public DmaBacking Backing = null!;
}
