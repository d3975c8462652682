namespace Vfio.Hardware.Iommus;

/// <summary>What a leaf's backing number stands for in one page table.</summary>
internal struct BackingSlot
{
    /// <summary>The memory; null: the slot is free.</summary>
    public DmaBacking? Backing;

    /// <summary>Its <see cref="DmaBacking.Address"/>.</summary>
    public nint Address;
}
