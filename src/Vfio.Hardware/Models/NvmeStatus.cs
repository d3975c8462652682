namespace Vfio.Hardware.Models;

/// <summary>What a command ends with: status code type in bits 8-10, status code in bits 0-7, do-not-retry in bit 14 (Base specification 1.4, 4.6.1).</summary>
internal static class NvmeStatus
{
    public const ushort Success = 0;
    public const ushort InvalidOpcode = 0x01 | DoNotRetry;
    public const ushort InvalidField = 0x02 | DoNotRetry;
    public const ushort DataTransferError = 0x04;
    public const ushort InternalError = 0x06;
    public const ushort AbortRequested = 0x07;
    public const ushort AbortedByQueueDeletion = 0x08;
    public const ushort InvalidNamespace = 0x0b | DoNotRetry;
    public const ushort CommandSequenceError = 0x0c | DoNotRetry;
    public const ushort InvalidSglSegment = 0x0d | DoNotRetry;
    public const ushort InvalidSglCount = 0x0e | DoNotRetry;
    public const ushort SglDataLengthInvalid = 0x0f | DoNotRetry;
    public const ushort SglTypeInvalid = 0x11 | DoNotRetry;
    public const ushort PrpOffsetInvalid = 0x13 | DoNotRetry;
    public const ushort LbaOutOfRange = 0x80 | DoNotRetry;
    public const ushort InvalidCompletionQueue = 0x100 | DoNotRetry;
    public const ushort InvalidQueueId = 0x101 | DoNotRetry;
    public const ushort InvalidQueueSize = 0x102 | DoNotRetry;
    public const ushort TooManyEventRequests = 0x105 | DoNotRetry;
    public const ushort InvalidInterruptVector = 0x108 | DoNotRetry;
    public const ushort InvalidLogPage = 0x109 | DoNotRetry;
    public const ushort InvalidQueueDeletion = 0x10c | DoNotRetry;
    public const ushort FeatureNotSaveable = 0x10d | DoNotRetry;
    public const ushort FeatureNotChangeable = 0x10e | DoNotRetry;
    public const ushort FeatureNotNamespaceSpecific = 0x10f | DoNotRetry;
    public const ushort WriteFault = 0x280;
    public const ushort UnrecoveredReadError = 0x281;

    /// <summary>It waits, or is one that is never answered: nothing is posted for it now.</summary>
    public const ushort Pending = 0xffff;

    private const ushort DoNotRetry = 0x4000;
}
