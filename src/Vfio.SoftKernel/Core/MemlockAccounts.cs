using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// What is charged against RLIMIT_MEMLOCK, machine wide. Linux: user_struct.locked_vm (iommufd) and mm_struct.locked_vm (type1, and
/// iommufd in its per-process mode). The account of an mm is named by its <see cref="UserMemory"/>, that of a user by
/// <see cref="UserAccount"/>.
/// </summary>
internal sealed class MemlockAccounts
{
    /// <summary>The account of a user.</summary>
    public object UserAccount(uint userId) => throw new NotImplementedException();

    /// <summary>Charges <paramref name="bytes"/> to the account; ENOMEM, and nothing charged, when that would pass <paramref name="limit"/> bytes.</summary>
    public Errno Charge(object account, ulong bytes, ulong limit) => throw new NotImplementedException();

    /// <summary>Takes a charge back.</summary>
    public void Uncharge(object account, ulong bytes) => throw new NotImplementedException();
}
