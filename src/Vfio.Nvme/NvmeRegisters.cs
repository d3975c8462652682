namespace Vfio.Nvme;

/// <summary>Controller registers at the head of BAR 0 and their fields (NVM Express Base Specification 2.0, section 3.1).</summary>
internal static class NvmeRegisters
{
    public const ulong Capabilities = 0x00;
    public const ulong Version = 0x08;
    public const ulong Configuration = 0x14;
    public const ulong Status = 0x1c;
    public const ulong AdminQueueAttributes = 0x24;
    public const ulong AdminSubmissionQueue = 0x28;
    public const ulong AdminCompletionQueue = 0x30;
    public const ulong Doorbells = 0x1000;

    public const uint Enable = 1;
    public const uint ShutdownMask = 3u << 14;
    public const uint ShutdownNormal = 1u << 14;

    /// <summary>CC.IOSQES = 6 (64 bytes) and CC.IOCQES = 4 (16 bytes), the only sizes the specification allows; 4 KiB pages, NVM command set.</summary>
    public const uint QueueEntrySizes = (4u << 20) | (6u << 16);

    public const uint Ready = 1;
    public const uint Fatal = 1 << 1;
    public const uint ShutdownStatusMask = 3u << 2;
    public const uint ShutdownComplete = 2u << 2;

    /// <summary>What a read answers when no device is behind the address: PCI's master abort.</summary>
    public const uint Absent = uint.MaxValue;
}
