using Vfio.Emulator.Notify;

namespace Vfio.Emulator.Tests.Notify;

/// <summary>Which calls are trapped: the program is run as the kernel runs it.</summary>
public sealed class SeccompFilterTests
{
    private const uint X64 = 0xc000_003e;
    private const ulong ReadOnly = 0;
    private const ulong WriteOnly = 1;
    private const ulong ReadWrite = 2;
    private const ulong FarOut = 1UL << 60;

    [Theory]
    [InlineData("ioctl", SystemCall.Ioctl, 3UL, 0x3b64UL, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("ioctl of a size and direction", SystemCall.Ioctl, 3UL, 0xc010_3b85UL, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("ioctl of a terminal", SystemCall.Ioctl, 0UL, 0x5401UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("ioctl of KVM", SystemCall.Ioctl, 0UL, 0xae00UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("openat to read", SystemCall.Openat, 0UL, 0UL, ReadOnly, 0UL, 0UL, 0UL, true)]
    [InlineData("openat of a directory", SystemCall.Openat, 0UL, 0UL, ReadOnly | 0x90800, 0UL, 0UL, 0UL, false)]
    [InlineData("openat of a place", SystemCall.Openat, 0UL, 0UL, ReadOnly | 0x200000, 0UL, 0UL, 0UL, false)]
    [InlineData("openat to write", SystemCall.Openat, 0UL, 0UL, WriteOnly | 0x241, 0UL, 0UL, 0UL, true)]
    [InlineData("openat to read and write", SystemCall.Openat, 0UL, 0UL, ReadWrite | 0x80000, 0UL, 0UL, 0UL, true)]
    [InlineData("open to read", SystemCall.Open, 0UL, ReadOnly | 0x80000, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("open of a directory", SystemCall.Open, 0UL, ReadOnly | 0x10000, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("open to write", SystemCall.Open, 0UL, WriteOnly, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("openat2", SystemCall.Openat2, 0UL, 0UL, 0UL, 24UL, 0UL, 0UL, true)]
    [InlineData("pread of a region", SystemCall.Pread64, 3UL, 0UL, 4UL, FarOut | (7UL << 40), 0UL, 0UL, true)]
    [InlineData("pread of a file", SystemCall.Pread64, 3UL, 0UL, 4UL, FarOut - 1, 0UL, 0UL, false)]
    [InlineData("pread before the start", SystemCall.Pread64, 3UL, 0UL, 4UL, ulong.MaxValue, 0UL, 0UL, false)]
    [InlineData("pwrite of a region", SystemCall.Pwrite64, 3UL, 0UL, 4UL, FarOut, 0UL, 0UL, true)]
    [InlineData("a short pwrite", SystemCall.Pwrite64, 3UL, 0UL, 2UL, 4UL, 0UL, 0UL, true)]
    [InlineData("a pwrite of a file", SystemCall.Pwrite64, 3UL, 0UL, 4096UL, 4096UL, 0UL, 0UL, false)]
    [InlineData("a long pwrite of a region", SystemCall.Pwrite64, 3UL, 0UL, 4096UL, FarOut, 0UL, 0UL, true)]
    [InlineData("ftruncate", SystemCall.Ftruncate, 3UL, 4096UL, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("mmap of a region", SystemCall.Mmap, 0UL, 4096UL, 3UL, 1UL, 3UL, FarOut, true)]
    [InlineData("private mmap of a region", SystemCall.Mmap, 0UL, 4096UL, 3UL, 2UL, 3UL, FarOut, true)]
    [InlineData("shared mmap of a file", SystemCall.Mmap, 0UL, 4096UL, 3UL, 1UL, 3UL, 4096UL, true)]
    [InlineData("private mmap of a file", SystemCall.Mmap, 0UL, 4096UL, 5UL, 2UL, 3UL, 4096UL, false)]
    [InlineData("shared mmap of no file", SystemCall.Mmap, 0UL, 4096UL, 3UL, 0x21UL, ulong.MaxValue, 0UL, false)]
    [InlineData("preadv of a region", SystemCall.Preadv, 3UL, 0UL, 1UL, FarOut, 0UL, 0UL, true)]
    [InlineData("pwritev2 of a region", SystemCall.Pwritev2, 3UL, 0UL, 1UL, FarOut, 0UL, 0UL, true)]
    [InlineData("preadv of a file", SystemCall.Preadv, 3UL, 0UL, 1UL, 4096UL, 0UL, 0UL, false)]
    [InlineData("a short write", SystemCall.Write, 1UL, 0UL, 13UL, 0UL, 0UL, 0UL, true)]
    [InlineData("the longest short write", SystemCall.Write, 1UL, 0UL, 64UL, 0UL, 0UL, 0UL, true)]
    [InlineData("an eventfd's write", SystemCall.Write, 1UL, 0UL, 8UL, 0UL, 0UL, 0UL, false)]
    [InlineData("a longer write", SystemCall.Write, 1UL, 0UL, 65UL, 0UL, 0UL, 0UL, false)]
    [InlineData("an empty write", SystemCall.Write, 1UL, 0UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("a huge write", SystemCall.Write, 1UL, 0UL, (1UL << 32) + 13, 0UL, 0UL, 0UL, false)]
    [InlineData("a writev of two", SystemCall.Writev, 1UL, 0UL, 2UL, 0UL, 0UL, 0UL, true)]
    [InlineData("a writev of many", SystemCall.Writev, 1UL, 0UL, 5UL, 0UL, 0UL, 0UL, false)]
    [InlineData("a writev of none", SystemCall.Writev, 1UL, 0UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("sendfile", SystemCall.Sendfile, 1UL, 3UL, 0UL, 4096UL, 0UL, 0UL, true)]
    [InlineData("copy_file_range", SystemCall.CopyFileRange, 3UL, 0UL, 1UL, 0UL, 4096UL, 0UL, true)]
    [InlineData("fstat", SystemCall.Fstat, 3UL, 0UL, 0UL, 0UL, 0UL, 0UL, true)]
    [InlineData("stat", SystemCall.Newfstatat, 0UL, 0UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("fstatat of a descriptor", SystemCall.Newfstatat, 3UL, 0UL, 0UL, 0x1000UL, 0UL, 0UL, true)]
    [InlineData("statx of a descriptor", SystemCall.Statx, 3UL, 0UL, 0x1000UL, 0UL, 0UL, 0UL, true)]
    [InlineData("execve", 59, 0UL, 0UL, 0UL, 0UL, 0UL, 0UL, false)]
    [InlineData("read", 0, 3UL, 0UL, 8UL, 0UL, 0UL, 0UL, false)]
    [InlineData("close", 3, 3UL, 0UL, 0UL, 0UL, 0UL, 0UL, false)]
    public void What_could_be_for_the_soft_kernel_is_trapped(
        string what, int number, ulong first, ulong second, ulong third, ulong fourth, ulong fifth, ulong sixth, bool isTrapped)
        => Assert.True(Traps(kvm: false, statsByPath: false, X64, number, [first, second, third, fourth, fifth, sixth]) == isTrapped, what);

    [Fact]
    public void Calls_of_KVM_are_trapped_where_the_machine_has_one() => Assert.True(Traps(kvm: true, statsByPath: false, X64, SystemCall.Ioctl, [3, 0xae01, 0, 0, 0, 0]));

    [Theory]
    [InlineData(SystemCall.Stat)]
    [InlineData(SystemCall.Lstat)]
    [InlineData(SystemCall.Newfstatat)]
    [InlineData(SystemCall.Statx)]
    public void Stats_of_paths_are_trapped_where_nodes_cannot_be_made(int number)
    {
        Assert.True(Traps(kvm: false, statsByPath: true, X64, number, [0, 0, 0, 0, 0, 0]));
        Assert.False(Traps(kvm: false, statsByPath: false, X64, number, [0, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public void Exits_are_trapped_where_they_are_asked_for()
    {
        Assert.False(Traps(kvm: false, statsByPath: false, X64, SystemCall.ExitGroup, [0, 0, 0, 0, 0, 0]));
        Assert.True(Traps(kvm: false, statsByPath: false, X64, SystemCall.ExitGroup, [0, 0, 0, 0, 0, 0], exits: true));
        Assert.True(Traps(kvm: true, statsByPath: false, X64, SystemCall.Exit, [0, 0, 0, 0, 0, 0], exits: true));
    }

    [Fact]
    public void Every_call_of_another_architecture_is_trapped_to_be_refused() => Assert.True(Traps(kvm: false, statsByPath: false, 0x4000_0003, SystemCall.Ioctl, [3, 0x3b64, 0, 0, 0, 0]));

    private static bool Traps(bool kvm, bool statsByPath, uint architecture, int number, ulong[] arguments, bool exits = false)
    {
        uint[] data = new uint[16];
        data[0] = (uint)number;
        data[1] = architecture;
        for (int i = 0; i < arguments.Length; i++)
        {
            data[4 + (2 * i)] = (uint)arguments[i];
            data[5 + (2 * i)] = (uint)(arguments[i] >> 32);
        }

        ulong[] program = SeccompFilter.Build(kvm, statsByPath, exits);
        uint accumulator = 0;
        for (int at = 0; ; at++)
        {
            uint operand = (uint)(program[at] >> 32);
            int jump(bool taken) => (int)(program[at] >> (taken ? 16 : 24)) & 0xff;
            switch ((ushort)program[at])
            {
                case 0x20:
                    accumulator = data[operand / 4];
                    break;
                case 0x54:
                    accumulator &= operand;
                    break;
                case 0x74:
                    accumulator >>= (int)operand;
                    break;
                case 0x15:
                    at += jump(accumulator == operand);
                    break;
                case 0x25:
                    at += jump(accumulator > operand);
                    break;
                case 0x35:
                    at += jump(accumulator >= operand);
                    break;
                case 0x06:
                    return operand == 0x7fc0_0000;
                default:
                    throw new InvalidOperationException($"Instruction {at}: {program[at]:x}");
            }
        }
    }
}
