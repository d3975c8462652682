using System.Globalization;
using Vfio.Uapi;

namespace Vfio;

/// <summary>Why a DMA mapping failed, said with the numbers that decide it.</summary>
internal static class MappingFailure
{
    /// <summary>The exception for one refused mapping.</summary>
    public static VfioException Create(
        Errno errno,
        string operation,
        VfioFileHandle handle,
        IDmaMapper mapper,
        ulong? iova,
        ulong length,
        ulong mappedBytes,
        ulong lastIova)
    {
        string where = iova is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"IOVA 0x{at:x}, 0x{length:x} bytes")
            : string.Create(CultureInfo.InvariantCulture, $"0x{length:x} bytes");
        string limit = lastIova == ulong.MaxValue ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" up to IOVA 0x{lastIova:x}");
        string detail = errno switch
        {
            Errno.ENOMEM when handle.Calls.GetMemlockLimit(out ulong set) >= 0 && set != ulong.MaxValue =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{where}; RLIMIT_MEMLOCK is {set} bytes, at least {mappedBytes + length} are needed"),
            Errno.EEXIST => $"{where} overlaps a mapping",
            Errno.EINVAL or Errno.EADDRINUSE or Errno.ENOSPC or Errno.EOVERFLOW => $"{where}{limit}; {Ranges(mapper)}",
            _ => where,
        };
        return KernelAnswer.Failure(handle, errno, operation, detail);
    }

    private static string Ranges(IDmaMapper mapper)
    {
        try
        {
            IovaRanges ranges = mapper.GetIovaRanges();
            return string.Create(CultureInfo.InvariantCulture, $"mappings must lie in {ranges}, in multiples of 0x{ranges.Alignment:x}");
        }
        catch (VfioException)
        {
            return "the kernel does not say which addresses are usable";
        }
    }
}
