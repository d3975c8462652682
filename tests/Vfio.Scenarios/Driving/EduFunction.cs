using System.Diagnostics;

namespace Vfio.Scenarios.Driving;

/// <summary>QEMU's edu, as its specification (docs/specs/edu) has it: what a driver of it does.</summary>
/// <param name="device">The open function; not owned.</param>
public sealed class EduFunction(VfioDevice device)
{
    /// <summary>The device reaches 28 bits of addresses.</summary>
    public const ulong LastIova = (1ul << 28) - 1;

    /// <summary>The status bit of an interrupt that a DMA raised.</summary>
    public const uint DmaInterrupt = 0x100;

    /// <summary>What one DMA can carry: QEMU 7.2 aborts on the buffer's last word.</summary>
    public const int BufferBytes = 4092;

    private const ulong Identification = 0, Liveness = 4, Factorial_ = 8, Status = 0x20, InterruptStatus = 0x24, InterruptRaise = 0x60;
    private const ulong InterruptAcknowledge = 0x64, DmaSource = 0x80, DmaDestination = 0x88, DmaCount = 0x90, DmaCommand = 0x98;
    private const uint Buffer = 0x40000, Busy = 1, Start = 1, FromDevice = 2, WithInterrupt = 4;

    private readonly Region _registers = device.Bars[0];

    /// <summary>The identification register: 0x010000ed.</summary>
    public uint Id => _registers.Read32(Identification);

    /// <summary>The interrupts raised and not acknowledged.</summary>
    public uint Raised => _registers.Read32(InterruptStatus);

    /// <summary>Writes the liveness register and reads it back: the complement.</summary>
    public uint Invert(uint value)
    {
        _registers.Write32(Liveness, value);
        return _registers.Read32(Liveness);
    }

    /// <summary>Has the device compute a factorial, modulo 2^32.</summary>
    public uint Factorial(uint n)
    {
        _registers.Write32(Factorial_, n);
        Until(() => (_registers.Read32(Status) & Busy) == 0, "the factorial");
        return _registers.Read32(Factorial_);
    }

    /// <summary>Raises an interrupt with these status bits.</summary>
    public void Raise(uint bits) => _registers.Write32(InterruptRaise, bits);

    /// <summary>Acknowledges status bits; the last one lowers the line.</summary>
    public void Acknowledge(uint bits) => _registers.Write32(InterruptAcknowledge, bits);

    /// <summary>Has the device read memory into its buffer.</summary>
    public void ReadMemory(ulong iova, uint length, bool interrupt = false) => Transfer(iova, Buffer, length, Start | (interrupt ? WithInterrupt : 0));

    /// <summary>Has the device write its buffer to memory.</summary>
    public void WriteMemory(ulong iova, uint length, bool interrupt = false)
        => Transfer(Buffer, iova, length, Start | FromDevice | (interrupt ? WithInterrupt : 0));

    private static void Until(Func<bool> done, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!done())
        {
            ScenarioContext.Check(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"{what} did not end");
            Thread.Sleep(1);
        }
    }

    private void Transfer(ulong source, ulong destination, uint length, uint command)
    {
        // Through pread and pwrite 8 bytes may arrive as two accesses, of which edu drops the second: the addresses fit the low halves.
        _registers.Write32(DmaSource, (uint)source);
        _registers.Write32(DmaDestination, (uint)destination);
        _registers.Write32(DmaCount, length);
        _registers.Write32(DmaCommand, command);
        Until(() => (_registers.Read32(DmaCommand) & Busy) == 0, "the DMA");
    }
}
