using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// Where pages come from and who pays for them, decided as they are mapped. Linux: source_mm, source_task, source_user, file and account_mode of struct
/// iopt_pages.
/// </summary>
internal sealed class PinSource
{
    private readonly UserMemory? _memory;
    private readonly PinnableFile? _file;

    /// <summary>Pages of a process.</summary>
    public PinSource(UserMemory memory, MemlockAccount? account, ulong limit)
    {
        _memory = memory;
        Account = account;
        Limit = limit;
    }

    /// <summary>Pages of a file, whose reference this takes over.</summary>
    public PinSource(PinnableFile file, MemlockAccount? account, ulong limit)
    {
        _file = file;
        Account = account;
        Limit = limit;
    }

    /// <summary>What is charged for them; null with CAP_IPC_LOCK.</summary>
    public MemlockAccount? Account { get; }

    /// <summary>RLIMIT_MEMLOCK of the process that mapped them, in bytes.</summary>
    public ulong Limit { get; }

    /// <summary>Are these pages, mapped by <paramref name="memory"/>, paid for like that?</summary>
    public bool Is(UserMemory memory, MemlockAccount? account, ulong limit) => ReferenceEquals(_memory, memory) && ReferenceEquals(Account, account) && Limit == limit;

    /// <summary>pin_user_pages or memfd_pin_folios.</summary>
    public Errno Pin(ulong start, ulong length, bool writable, out DmaBacking? backing, out ulong offset) => _memory is not null
        ? _memory.Pin(start, length, writable, out backing, out offset)
        : _file!.Pin(start, length, writable, out backing, out offset);

    /// <summary>The last pages of a file are gone.</summary>
    public void Release() => _file?.Release();
}
