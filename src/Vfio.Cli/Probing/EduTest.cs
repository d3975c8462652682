using System.Diagnostics;
using System.Globalization;

namespace Vfio.Cli.Probing;

/// <summary>QEMU's teaching device (docs/specs/edu.rst there): a factorial, a DMA engine with 4 KiB of its own, an interrupt on demand.</summary>
internal sealed class EduTest : IDeviceTest
{
    private const ulong Identification = 0x00;
    private const ulong Liveness = 0x04;
    private const ulong Factorial = 0x08;
    private const ulong Status = 0x20;
    private const ulong InterruptStatus = 0x24;
    private const ulong InterruptRaise = 0x60;
    private const ulong InterruptAcknowledge = 0x64;
    private const ulong DmaSource = 0x80;
    private const ulong DmaDestination = 0x88;
    private const ulong DmaCount = 0x90;
    private const ulong DmaCommand = 0x98;
    private const uint Computing = 1;
    private const uint DmaStart = 1;
    private const uint DmaFromDevice = 2;

    /// <summary>Where the device's own memory stands in the addresses of its DMA engine.</summary>
    private const uint DeviceMemory = 0x40000;

    /// <summary>Its memory is 4096 bytes; QEMU 7.2 aborts on a transfer of all of them.</summary>
    private const int TransferLength = 4092;

    /// <summary>The engine drives 28 address lines.</summary>
    private const ulong LastAddress = (1ul << 28) - 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public bool Knows(PciFunction function) => (function.VendorId, function.DeviceId) == (0x1234, 0x11e8);

    public DeviceChecks Run(VfioDevice device, CancellationToken cancellation)
    {
        Region registers = device.Bars[0];
        Check identity = CheckRegisters(registers, cancellation);
        Check dma = CheckDma(device, registers, cancellation, out long bytes);
        return new(identity, dma, bytes, CheckInterrupt(device, registers, cancellation));
    }

    private static Check CheckRegisters(Region registers, CancellationToken cancellation)
    {
        uint id = registers.Read32(Identification);
        if ((id & 0xff) != 0xed)
        {
            return Check.Of("registers", false, string.Create(CultureInfo.InvariantCulture, $"identification 0x{id:x8}: an edu ends in ed"));
        }

        const uint probe = 0x12345678;
        registers.Write32(Liveness, probe);
        uint inverted = registers.Read32(Liveness);
        registers.Write32(Factorial, 10);
        bool computed = WaitWhile(registers, Status, Computing, cancellation);
        uint factorial = registers.Read32(Factorial);
        return Check.Of(
            "registers",
            inverted == ~probe && computed && factorial == 3628800,
            string.Create(CultureInfo.InvariantCulture, $"edu {id >> 24}.{(id >> 16) & 0xff}; inverts 0x{probe:x} to 0x{inverted:x}; 10! = {factorial}"));
    }

    /// <summary>A pattern goes to the device and comes back into another page; the bytes around it must stay as they were.</summary>
    private static Check CheckDma(VfioDevice device, Region registers, CancellationToken cancellation, out long bytes)
    {
        const byte untouched = 0xa5;
        bytes = 0;
        using DmaBuffer memory = device.AllocateDma(8192, lastIova: LastAddress);
        Span<byte> sent = memory.Span[..TransferLength];
        Span<byte> received = memory.Span.Slice(4096, TransferLength);
        new Random(0x11e8).NextBytes(sent);
        memory.Span[4096..].Fill(untouched);

        if (!Transfer(registers, memory.Iova, DeviceMemory, DmaStart, cancellation)
            || !Transfer(registers, DeviceMemory, memory.Iova + 4096, DmaStart | DmaFromDevice, cancellation))
        {
            return Check.Of("DMA", false, $"the device did not finish {TransferLength} bytes in {Patience.TotalSeconds:0} s");
        }

        int wrong = 0;
        for (int i = 0; i < TransferLength; i++)
        {
            wrong += sent[i] == received[i] ? 0 : 1;
        }

        bool spilled = memory.Span[(4096 + TransferLength)..].ContainsAnyExcept(untouched);
        string text = string.Create(CultureInfo.InvariantCulture, $"{TransferLength} bytes to the device and back");
        if (wrong != 0 || spilled)
        {
            return Check.Of("DMA", false, wrong != 0 ? $"{text}: {wrong} of them came back wrong" : $"{text}: bytes behind them were overwritten");
        }

        bytes = 2 * TransferLength;
        return Check.Of("DMA", true, $"{text}, every byte right");
    }

    private static bool Transfer(Region registers, ulong source, ulong destination, uint command, CancellationToken cancellation)
    {
        // Both addresses have 28 bits at most; the device takes a 32-bit write as the whole register.
        registers.Write32(DmaSource, (uint)source);
        registers.Write32(DmaDestination, (uint)destination);
        registers.Write32(DmaCount, TransferLength);
        registers.Write32(DmaCommand, command);
        return WaitWhile(registers, DmaCommand, DmaStart, cancellation);
    }

    private static Check CheckInterrupt(VfioDevice device, Region registers, CancellationToken cancellation)
    {
        const uint cause = 0x0ed0;
        bool msi = device.GetInterruptInfo(InterruptKind.Msi).Count > 0;
        if (!msi && device.GetInterruptInfo(InterruptKind.Intx).Count == 0)
        {
            return Check.NotDone("interrupt", "the device offers neither MSI nor INTx");
        }

        using InterruptSet interrupts = msi ? device.EnableMsi() : device.EnableIntx();
        registers.Write32(InterruptRaise, cause);
        bool came = interrupts[0].Wait(Patience, cancellation) > 0;
        uint status = registers.Read32(InterruptStatus);
        registers.Write32(InterruptAcknowledge, cause);
        string kind = Names.Of(msi ? InterruptKind.Msi : InterruptKind.Intx);
        return Check.Of(
            "interrupt",
            came && status == cause,
            came
                ? string.Create(CultureInfo.InvariantCulture, $"{kind} received by eventfd, cause 0x{status:x}")
                : $"no {kind} in {Patience.TotalSeconds:0} s");
    }

    private static bool WaitWhile(Region registers, ulong register, uint bit, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while ((registers.Read32(register) & bit) != 0)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                return false;
            }

            Thread.Sleep(1);
        }

        return true;
    }
}
