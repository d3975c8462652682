namespace Vfio.Nvme;

/// <summary>The fields of CAP that bringing a controller up needs.</summary>
internal readonly record struct NvmeCapabilities(ulong Raw)
{
    /// <summary>CAP.MQES: the longest queue, in entries.</summary>
    public int MaximumQueueEntries => (int)(Raw & 0xffff) + 1;

    /// <summary>CAP.TO: how long CSTS.RDY may take to follow CC.EN. Units of 500 ms; zero is read as one unit.</summary>
    public TimeSpan ReadyTimeout => TimeSpan.FromMilliseconds(500 * Math.Max(1, (Raw >> 24) & 0xff));

    /// <summary>CAP.DSTRD: bytes from one doorbell to the next.</summary>
    public uint DoorbellStride => 4u << (int)((Raw >> 32) & 0xf);

    /// <summary>CAP.CSS bit 0: the NVM command set, without which CC.CSS = 0 is refused.</summary>
    public bool NvmCommandSet => (Raw & (1ul << 37)) != 0;

    /// <summary>CAP.MPSMIN: the smallest memory page the controller takes, in bytes.</summary>
    public int MinimumPageSize => 1 << (12 + (int)((Raw >> 48) & 0xf));
}
