using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// What is charged against RLIMIT_MEMLOCK, machine wide: by user (iommufd) and by process (type1, and iommufd in its per-process mode).
/// </summary>
internal sealed class MemlockAccounts
{
    private readonly ConcurrentDictionary<uint, MemlockAccount> _users = new();
    private readonly ConditionalWeakTable<UserMemory, MemlockAccount> _processes = [];

    /// <summary>A user's account.</summary>
    public MemlockAccount OfUser(uint userId) => _users.GetOrAdd(userId, static _ => new MemlockAccount());

    /// <summary>A process's account; the process is named by its memory, as Linux names it by its mm.</summary>
    public MemlockAccount OfProcess(UserMemory memory) => _processes.GetValue(memory, static _ => new MemlockAccount());
}
