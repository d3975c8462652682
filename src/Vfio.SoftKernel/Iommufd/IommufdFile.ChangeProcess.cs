using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>IOMMU_IOAS_CHANGE_PROCESS: a new process takes over, and pays. Linux: drivers/iommu/iommufd/ioas.c iommufd_ioas_change_process.</content>
internal sealed partial class IommufdFile
{
    // ioas_creation_lock, as far as it keeps two of these calls apart: the only place where IOASes are locked together.
    private readonly Lock _changeProcessLock = new();

    internal Errno IoasChangeProcess(IommufdCall call)
    {
        Errno error = call.Read(out IommuIoasChangeProcess command);
        if (error != Errno.None)
        {
            return error;
        }

        if (command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        lock (_changeProcessLock)
        {
            // In the order of their ids. Each is a user's for the time, so that none is destroyed meanwhile.
            List<Ioas> held = Objects.BorrowAll<Ioas>();
            held.ForEach(static ioas => ioas.LockForChange());
            try
            {
                return ChangeProcess(call.Task, held);
            }
            finally
            {
                held.ForEach(static ioas =>
                {
                    ioas.UnlockAfterChange();
                    ioas.RemoveUser();
                });
            }
        }
    }

    private Errno ChangeProcess(KernelTask task, List<Ioas> held)
    {
        HashSet<IoasPages> pages = [];
        foreach (Ioas ioas in held)
        {
            if (!ioas.CollectFilePages(pages))
            {
                return Errno.EINVAL;
            }
        }

        // Charged by kind of account, the process's and the user's; each pays again only for what was another's (need_charge_update).
        List<IoasPages> moving = [.. pages.Where(entry => NeedsCharge(task, entry.Source))];
        ulong byUser = Sum(moving, isProcess: false);
        ulong byProcess = Sum(moving, isProcess: true);
        MemlockAccount user = Module.Accounts.OfUser(task.Credentials.UserId);
        MemlockAccount process = Module.Accounts.OfProcess(task.Memory);
        ulong limit = task.Credentials.MemlockLimit;

        // Charged to the one who takes over before the old one is let off, even where both are the same user; CAP_IPC_LOCK makes no difference here.
        if (byUser != 0 && user.Charge(byUser, limit) != Errno.None)
        {
            return Errno.ENOMEM;
        }

        if (byProcess != 0 && process.Charge(byProcess, limit) != Errno.None)
        {
            user.Uncharge(byUser);
            return Errno.ENOMEM;
        }

        foreach (IoasPages entry in moving)
        {
            entry.Source.Payer.Account?.Uncharge(entry.PinnedBytes);
        }

        foreach (IoasPages entry in pages)
        {
            PinPayer payer = entry.Source.Payer;
            MemlockAccount? account = payer.Account is null ? null : payer.IsProcess ? process : user;
            entry.ChangeProcess(task.Memory, payer with { Account = account, Limit = limit });
        }

        return Errno.None;
    }

    private bool NeedsCharge(KernelTask task, PinSource source) => source.Payer.Account is { } account
        && (!ReferenceEquals(source.Memory, task.Memory) || (!source.Payer.IsProcess && account != Module.Accounts.OfUser(task.Credentials.UserId)));

    private static ulong Sum(List<IoasPages> moving, bool isProcess)
        => moving.Where(entry => entry.Source.Payer.IsProcess == isProcess).Aggregate(0UL, static (sum, entry) => sum + entry.PinnedBytes);
}
