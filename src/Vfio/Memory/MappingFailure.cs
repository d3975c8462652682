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
        ulong mappedBytes)
    {
        string where = iova is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"IOVA 0x{at:x}, 0x{length:x} bytes")
            : string.Create(CultureInfo.InvariantCulture, $"0x{length:x} bytes");
        if (errno == Errno.ENOMEM)
        {
            bool isLimited = handle.Calls.GetMemlockLimit(out ulong limit) >= 0 && limit != ulong.MaxValue;
            string advice = Advice.ForMemlock(isLimited ? limit : null, length);
            return new VfioException(errno, operation, handle.Path, $"{where}, after {mappedBytes / 1024} KiB mapped here before. {advice}");
        }

        string detail = errno switch
        {
            Errno.EEXIST => $"{where} overlaps a mapping",
            Errno.EINVAL or Errno.EADDRINUSE or Errno.ENOSPC or Errno.EOVERFLOW => $"{where}; {Ranges(mapper)}",
            _ => where,
        };
        return KernelAnswer.Failure(handle, errno, operation, detail);
    }

    /// <summary>The exception where no free address is low enough; no call was made, or it was taken back.</summary>
    public static VfioException NoRoom(VfioFileHandle handle, IDmaMapper mapper, ulong length, ulong lastIova) =>
        KernelAnswer.Failure(
            handle,
            Errno.ENOSPC,
            "find an IOVA",
            string.Create(CultureInfo.InvariantCulture, $"no 0x{length:x} bytes are free up to IOVA 0x{lastIova:x}; {Ranges(mapper)}"));

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
