using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>What tests/c/walk prints otherwise on real Linux, by its row in docs/differences.md; all else must be the same to the byte.</summary>
/// <param name="row">The first column of the row.</param>
/// <param name="linux">What Linux's lines are.</param>
/// <param name="emulated">What those here are.</param>
internal sealed class WalkDifference(string row, string linux, string emulated)
{
    private const string Node = "^(iommufd|container|group|device that is not bound|device)";

    private readonly Regex _linux = new(linux, RegexOptions.CultureInvariant);
    private readonly Regex _emulated = new(emulated, RegexOptions.CultureInvariant);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<WalkDifference> All { get; } =
    [
        new("edu's BAR 0", @"^(VFIO_DEVICE_GET_REGION_INFO.*|region 0) -> 0 \[1\]=7 \[4\]=100000$", @" -> 0 \[1\]=3 \[4\]=100000$"),
        new("edu's BAR 0", "^device: mmap -> 0$", "^device: mmap -> EINVAL$"),
        new("an ioctl of another type on a device that is not bound, or on `/dev/iommu` with a number of 0x80 and above", "^number 1 of another type -> EINVAL$", "^number 1 of another type -> ENOTTY$"),
        new("read() of a node, and pread() below 2^60", $"{Node}: (read|read to NULL|read of nothing|readv|pread at 0|preadv at 0) -> E(INVAL|IO)$", $"{Node}: p?read.* -> ([048]|EFAULT)$"),
        new("write() of nothing, of 8 or of more than 64 bytes to a node, and pwrite() below 2^60", $"{Node}: (write of 8|write of nothing|pwrite at 0) -> E(INVAL|IO)$", $"{Node}: p?write.* -> ([08]|EINVAL)$"),
        new("lseek() of a node", $"{Node}: lseek .* -> ESPIPE$", $"{Node}: lseek .* -> [0-9]+$"),
        new("a private mapping of a node below 2^60", $"{Node}: private mmap -> E(INVAL|NODEV)$", $"{Node}: private mmap -> 0$"),
        new("F_GETFL of a descriptor that a call gave", "^(device|fault queue): flags 2$", "^(device: flags 100002|fault queue: flags 4002)$"),
        new("read() of an event queue or of migration data", "^fault queue: read.* -> ESPIPE$", "^fault queue: read.* -> EAGAIN$"),
    ];

    /// <summary>The first column of the row.</summary>
    public string Row { get; } = row;

    /// <summary>The one that two lines differ by; null: none.</summary>
    public static WalkDifference? Of(string linux, string emulated)
        => All.FirstOrDefault(known => known._linux.IsMatch(linux) && known._emulated.IsMatch(emulated) && Name(linux) == Name(emulated));

    private static string Name(string line) => line.Split(" -> ")[0].Split(" flags ")[0];
}
