namespace Vfio.SoftKernel.Core;

/// <summary>What the kernel asks of a caller's identity before it answers.</summary>
/// <param name="UserId">Effective user id; accounting is per user.</param>
/// <param name="SysRawIo">CAP_SYS_RAWIO: noiommu groups.</param>
/// <param name="IpcLock">CAP_IPC_LOCK: pinned memory is not held against RLIMIT_MEMLOCK.</param>
/// <param name="SysResource">CAP_SYS_RESOURCE: IOMMU_OPTION_RLIMIT_MODE.</param>
/// <param name="MemlockLimit">RLIMIT_MEMLOCK in bytes.</param>
public sealed record Credentials(uint UserId, bool SysRawIo, bool IpcLock, bool SysResource, ulong MemlockLimit)
{
    /// <summary>Root with every capability and no limit.</summary>
    public static Credentials Root { get; } = new(0, true, true, true, ulong.MaxValue);
}
