using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>What pinned pages are charged to. Linux: enum iopt_pages_account_mode with the user or process it means.</summary>
/// <param name="Account">What is charged; null (IOPT_PAGES_ACCOUNT_NONE): nothing, with CAP_IPC_LOCK and for dma-bufs.</param>
/// <param name="Limit">RLIMIT_MEMLOCK of the process that mapped them, in bytes.</param>
/// <param name="IsProcess">IOPT_PAGES_ACCOUNT_MM: the account is a process's, not a user's.</param>
internal readonly record struct PinPayer(MemlockAccount? Account, ulong Limit, bool IsProcess);
