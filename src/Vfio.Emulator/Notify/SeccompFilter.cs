using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>
/// The classic BPF program that picks the calls of a program that could be for the soft kernel; every other pays the filter alone. Linux:
/// Documentation/userspace-api/seccomp_filter.rst.
/// </summary>
/// <remarks>
/// Trapped: opens, but of directories and places; ioctls of VFIO's and iommufd's type; pread, pwrite and their kin where a device's regions are;
/// shared mappings of files; the stats that ask about a descriptor, and what changes a file's size or waits for it; short writes, those of few pieces and copies
/// from file to file, for control files and configuration space; and what changes rights and limits, which are remembered. Every call of another architecture is, to be refused; x32's are not
/// there. What io_uring does goes past it.
/// </remarks>
internal static class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort And = 0x54;
    private const ushort ShiftRight = 0x74;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfGreater = 0x25;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7fff_0000;
    private const uint Notify = 0x7fc0_0000;
    private const uint FirstX32 = 0x4000_0000;
    private const uint NoSuchCall = 0x0005_0000 | (uint)Errno.ENOSYS;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint DirectoryOrPlace = 0x21_0000;
    private const uint EmptyPath = 0x1000;
    private const uint MemlockLimit = 8;
    private const uint VfioType = 0x3b;
    private const uint KvmType = 0xae;

    /// <summary>AUDIT_ARCH_X86_64.</summary>
    public const uint ArchitectureX64 = 0xc000_003e;

    /// <summary>Where a device's first region stands in its file: no ordinary file is read as far out, so an offset tells.</summary>
    public const ulong RegionBase = 1UL << 60;

    /// <summary>The longest write that may be for a control file; 8 bytes are an eventfd's.</summary>
    public const int LongestControlWrite = 64;

    /// <summary>The most pieces of a writev that may be for a control file: a C library's buffer and what did not fit in it are 2.</summary>
    public const int MostControlPieces = 4;

    /// <summary>The program, one struct sock_filter a number.</summary>
    /// <param name="kvm">The machine has a /dev/kvm of its own: its calls are trapped too.</param>
    /// <param name="statsByPath">Nodes could not be made: what they are is told where their paths are asked about.</param>
    /// <param name="exits">Exits are of interest.</param>
    public static ulong[] Build(bool kvm, bool statsByPath, bool exits = false)
    {
        var program = new List<ulong>
        {
            Instruction(LoadWord, ArchitectureOffset),
            Instruction(JumpIfEqual, ArchitectureX64, 1, 0),
            Instruction(Return, Notify),
            Instruction(LoadWord, NumberOffset),
            Instruction(JumpIfAtLeast, FirstX32, 0, 1),
            Instruction(Return, NoSuchCall),
        };
        AddRule(program, SystemCall.Ioctl, IoctlOf(kvm));
        AddRule(program, SystemCall.Pread64, InRegions(3));
        AddRule(program, SystemCall.Pwrite64, [.. Short(2)[..^1], .. InRegions(3)]);
        AddRule(program, SystemCall.Write, Short(2));
        AddRule(program, SystemCall.Writev, Few(2));
        AddRule(program, SystemCall.Mmap, SharedFileOrRegion(3, 5));
        foreach (int number in (ReadOnlySpan<int>)[SystemCall.Preadv, SystemCall.Preadv2, SystemCall.Pwritev, SystemCall.Pwritev2])
        {
            AddRule(program, number, InRegions(3));
        }

        AddRule(program, SystemCall.Openat, Unless(2, DirectoryOrPlace));
        AddRule(program, SystemCall.Open, Unless(1, DirectoryOrPlace));
        AddRule(program, SystemCall.Newfstatat, statsByPath ? [Instruction(Return, Notify)] : Masked(3, EmptyPath));
        AddRule(program, SystemCall.Statx, statsByPath ? [Instruction(Return, Notify)] : Masked(2, EmptyPath));
        if (statsByPath)
        {
            AddRule(program, SystemCall.Stat, [Instruction(Return, Notify)]);
            AddRule(program, SystemCall.Lstat, [Instruction(Return, Notify)]);
        }

        AddRule(program, SystemCall.Setrlimit, Equal(0, MemlockLimit));
        AddRule(program, SystemCall.Prlimit64, Equal(1, MemlockLimit));
        foreach (int number in (ReadOnlySpan<int>)
        [
            SystemCall.Fstat, SystemCall.Sendfile, SystemCall.CopyFileRange, SystemCall.Ftruncate, SystemCall.Fallocate, SystemCall.Fsync, SystemCall.Fdatasync, SystemCall.Openat2,
            SystemCall.Capset, SystemCall.Setuid, SystemCall.Setreuid, SystemCall.Setresuid,
        ])
        {
            AddRule(program, number, [Instruction(Return, Notify)]);
        }

        foreach (int number in exits ? [SystemCall.Exit, SystemCall.ExitGroup] : (ReadOnlySpan<int>)[])
        {
            AddRule(program, number, [Instruction(Return, Notify)]);
        }

        program.Add(Instruction(Return, Allow));
        return [.. program];
    }

    // Not this call: over the rule, whose every way ends in a return.
    private static void AddRule(List<ulong> program, int number, ulong[] rule)
    {
        program.Add(Instruction(JumpIfEqual, (uint)number, 0, (byte)rule.Length));
        program.AddRange(rule);
    }

    private static ulong[] IoctlOf(bool kvm)
    {
        List<ulong> rule = [LoadLow(1), Instruction(ShiftRight, 8), Instruction(And, 0xff)];
        if (kvm)
        {
            rule.Add(Instruction(JumpIfEqual, KvmType, 1, 0));
        }

        return [.. rule, Instruction(JumpIfEqual, VfioType, 0, 1), Instruction(Return, Notify), Instruction(Return, Allow)];
    }

    private static ulong[] Masked(int argument, uint mask) =>
    [
        LoadLow(argument), Instruction(And, mask), Instruction(JumpIfEqual, 0, 1, 0), Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    private static ulong[] Unless(int argument, uint mask) =>
    [
        LoadLow(argument), Instruction(And, mask), Instruction(JumpIfEqual, 0, 0, 1), Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    private static ulong[] Equal(int argument, uint value) =>
    [
        LoadLow(argument), Instruction(JumpIfEqual, value, 0, 1), Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    // MAP_SHARED or MAP_SHARED_VALIDATE, and not MAP_ANONYMOUS; of a region also what is refused.
    private static ulong[] SharedFileOrRegion(int flags, int offset) =>
        [LoadLow(flags), Instruction(And, 0x21), Instruction(JumpIfEqual, 1, 0, 1), Instruction(Return, Notify), .. InRegions(offset)];

    // Negative offsets are the host's to refuse.
    private static ulong[] InRegions(int argument) =>
    [
        LoadHigh(argument), Instruction(JumpIfAtLeast, 1u << 31, 2, 0), Instruction(JumpIfAtLeast, (uint)(RegionBase >> 32), 0, 1),
        Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    private static ulong[] Short(int argument) =>
    [
        LoadHigh(argument), Instruction(JumpIfEqual, 0, 0, 5), LoadLow(argument), Instruction(JumpIfEqual, 0, 3, 0), Instruction(JumpIfEqual, 8, 2, 0),
        Instruction(JumpIfGreater, LongestControlWrite, 1, 0), Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    private static ulong[] Few(int argument) =>
    [
        LoadHigh(argument), Instruction(JumpIfEqual, 0, 0, 4), LoadLow(argument), Instruction(JumpIfEqual, 0, 2, 0),
        Instruction(JumpIfGreater, MostControlPieces, 1, 0), Instruction(Return, Notify), Instruction(Return, Allow),
    ];

    private static ulong LoadLow(int argument) => Instruction(LoadWord, 16 + (8 * (uint)argument));

    private static ulong LoadHigh(int argument) => Instruction(LoadWord, 20 + (8 * (uint)argument));

    // struct sock_filter: code, jump if true, jump if false, operand.
    private static ulong Instruction(ushort code, uint operand, byte ifTrue = 0, byte ifFalse = 0)
        => code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)operand << 32);
}
