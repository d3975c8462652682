using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// Where pages come from and who pays for them, decided as they are mapped. Linux: source_mm, source_task, source_user, file and account_mode of struct
/// iopt_pages. One serves all mappings of a caller whose circumstances stay the same.
/// </summary>
/// <param name="memory">The process that mapped them.</param>
/// <param name="file">The file they are of; null: they are the process's own.</param>
/// <param name="payer">Who pays.</param>
/// <param name="writable">Devices may be let write.</param>
internal sealed class PinSource(UserMemory memory, PinnableFile? file, PinPayer payer, bool writable)
{
    /// <summary>source_mm.</summary>
    public UserMemory Memory { get; } = memory;

    /// <summary>IOPT_ADDRESS_FILE.</summary>
    public bool IsFile => file is not null;

    /// <summary>Who pays.</summary>
    public PinPayer Payer { get; } = payer;

    /// <summary>Devices may be let write.</summary>
    public bool Writable { get; } = writable;

    /// <summary>Are these a process's own pages, mapped by it and paid for like that?</summary>
    public bool Is(UserMemory process, PinPayer paying, bool writing)
        => file is null && ReferenceEquals(Memory, process) && Payer == paying && Writable == writing;

    /// <summary>change_mm: the same pages, of another process now.</summary>
    public PinSource MovedTo(UserMemory process, PinPayer paying) => new(process, file, paying, Writable);

    /// <summary>pin_user_pages_fast or memfd_pin_folios. The first takes whole pages, and pages that end where addresses end are EOVERFLOW (gup_fast_fallback).</summary>
    public Errno Pin(ulong start, ulong length, out DmaBacking? backing, out ulong offset)
    {
        if (file is not null)
        {
            return file.Pin(start, length, Writable, out backing, out offset);
        }

        if (start + length > ulong.MaxValue - 4095 || start + length < start)
        {
            backing = null;
            offset = 0;
            return Errno.EOVERFLOW;
        }

        return Memory.Pin(start, length, Writable, out backing, out offset);
    }

    /// <summary>The last pages of it are gone.</summary>
    public void Release() => file?.Release();
}
