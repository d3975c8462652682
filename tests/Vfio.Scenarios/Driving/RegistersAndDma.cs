using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Scenarios.Driving;

/// <summary>The function does its work: registers, capabilities, DMA that arrives and DMA that must not.</summary>
public static class RegistersAndDma
{
    private const uint Id = 0x010000ed;

    /// <summary>Registers, config space and its capabilities.</summary>
    public static Scenario Registers(InterfaceChoice by, string name) => new($"registers and capabilities, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        EduFunction edu = new(device);
        ScenarioContext.Equal(Id, edu.Id);
        ScenarioContext.Equal(~0x12345678u, edu.Invert(0x12345678));
        ScenarioContext.Equal(3628800u, edu.Factorial(10));
        ScenarioContext.Equal(unchecked((uint)6227020800), edu.Factorial(13));
        ScenarioContext.Equal(0x100000ul, device.Bars[0].Size);
        ScenarioContext.Equal(0ul, device.Bars[1].Size);

        byte[] through = new byte[4];
        ScenarioContext.Equal((nint)4, device.Handle.Pread(through, (long)device.Bars[0].Info.FileOffset));
        ScenarioContext.Equal(Id, BitConverter.ToUInt32(through));
        context.Note($"capabilities {string.Join(' ', device.Config.ReadCapabilities().Select(c => $"{c.Id:x2}@{c.Offset:x}"))}");
    });

    /// <summary>Both ways, byte for byte.</summary>
    public static Scenario Dma(InterfaceChoice by, string name) => new($"DMA both ways, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        EduFunction edu = new(device);
        using DmaBuffer from = device.AllocateDma(4096, lastIova: EduFunction.LastIova);
        using DmaBuffer to = device.AllocateDma(8192, lastIova: EduFunction.LastIova);
        ScenarioContext.Equal(true, device.BusMaster);
        Random random = new(1);
        random.NextBytes(from.Span);
        to.Span.Fill(0xaa);

        edu.ReadMemory(from.Iova, EduFunction.BufferBytes);
        edu.WriteMemory(to.Iova + 4, EduFunction.BufferBytes);
        ScenarioContext.Check(
            to.Span.Slice(4, EduFunction.BufferBytes).SequenceEqual(from.Span[..EduFunction.BufferBytes]), "the bytes that came back are others");
        ScenarioContext.Check(!to.Span[..4].ContainsAnyExcept((byte)0xaa), "bytes before the target were written");
        ScenarioContext.Check(!to.Span[(4 + EduFunction.BufferBytes)..].ContainsAnyExcept((byte)0xaa), "bytes after the target were written");

        // Over a page's edge, from an odd place.
        edu.WriteMemory(to.Iova + 4096 - 20, 40);
        ScenarioContext.Check(to.Span.Slice(4096 - 20, 40).SequenceEqual(from.Span[..40]), "a transfer over a page's edge went wrong");
        context.Note(string.Create(CultureInfo.InvariantCulture, $"{EduFunction.BufferBytes + 40} bytes compared"));
    });

    /// <summary>What is not mapped, or not for writing, or when the function may not, does not move.</summary>
    public static Scenario BlockedDma(InterfaceChoice by, string name) => new($"DMA that must not happen, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        EduFunction edu = new(device);
        using DmaBuffer good = device.AllocateDma(4096, lastIova: EduFunction.LastIova);
        using DmaBuffer readOnly = device.AllocateDma(4096, DmaAccess.Read, lastIova: EduFunction.LastIova);
        good.Span.Fill(0x11);
        readOnly.Span.Fill(0x22);
        edu.ReadMemory(good.Iova, 64);

        edu.WriteMemory(readOnly.Iova, 64);
        ScenarioContext.Check(!readOnly.Span.ContainsAnyExcept((byte)0x22), "a read-only mapping was written");
        edu.ReadMemory(readOnly.Iova, 64);
        edu.WriteMemory(good.Iova, 64);
        ScenarioContext.Check(!good.Span[..64].ContainsAnyExcept((byte)0x22), "a read-only mapping could not be read");

        using DmaBuffer gone = device.AllocateDma(4096, lastIova: EduFunction.LastIova);
        gone.Span.Fill(0x33);
        gone.Mapping.Dispose();
        edu.WriteMemory(gone.Iova, 64);
        ScenarioContext.Check(!gone.Span.ContainsAnyExcept((byte)0x33), "memory that is not mapped any more was written");

        device.BusMaster = false;
        good.Span.Fill(0x44);
        edu.WriteMemory(good.Iova, 64);
        ScenarioContext.Check(!good.Span.ContainsAnyExcept((byte)0x44), "a function without bus mastering wrote memory");
        device.BusMaster = true;

        // Nobody answers a read of what is not mapped, and on this machine's bus that is zeros.
        good.Span[..64].Fill(0x55);
        edu.ReadMemory(good.Iova, 64);
        edu.ReadMemory(gone.Iova, 64);
        edu.WriteMemory(good.Iova, 64);
        ScenarioContext.Equal("00000000", Convert.ToHexString(good.Span[..4]));
        ScenarioContext.Check(!good.Span[..64].Contains((byte)0x33), "memory that is not mapped any more was read");
    });

    /// <summary>What can go wrong with an address, as the library says it.</summary>
    public static Scenario Addresses(InterfaceChoice by, string name) => new($"addresses that cannot be had, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        using DmaBuffer fixedBuffer = device.AllocateDma(4096, iova: 0x20_0000);
        ScenarioContext.Equal(0x20_0000ul, fixedBuffer.Iova);
        ScenarioContext.Fails(Errno.EEXIST, () => device.AllocateDma(4096, iova: 0x20_0000).Dispose());
        ScenarioContext.Fails(Errno.EINVAL, () => device.AllocateDma(4096, iova: 0x20_0800).Dispose());
        VfioException window = ScenarioContext.Fails(Errno.EINVAL, () => device.AllocateDma(4096, iova: 0xfee0_0000).Dispose());
        ScenarioContext.Check(window.Message.Contains("0xfedfffff", StringComparison.Ordinal), $"the ranges are not named: {window.Message}");
        IovaRange last = device.GetIovaRanges().Ranges[^1];
        if (last.Last < ulong.MaxValue)
        {
            ScenarioContext.Fails(Errno.EINVAL, () => device.AllocateDma(4096, iova: last.Last + 1).Dispose());
        }

        ScenarioContext.Fails(Errno.EFAULT, () => device.MapDma(0x1000, 4096).Dispose());
        ScenarioContext.Fails(Errno.ENOSPC, () => device.AllocateDma(0x10000, lastIova: 0x4fff).Dispose());
        // What failed left nothing behind.
        ulong iova = fixedBuffer.Iova;
        fixedBuffer.Dispose();
        using DmaBuffer again = device.AllocateDma(4096, iova: iova);
        again.Dispose();
        again.Dispose();
    });

    /// <summary>Closed and opened again, the function starts over.</summary>
    public static Scenario Reopen(InterfaceChoice by, string name) => new($"reset, close and open again, {name}", context =>
    {
        VfioDevice device = context.Open(by);
        DmaBuffer buffer = device.AllocateDma(4096, lastIova: EduFunction.LastIova);
        EduFunction edu = new(device);
        buffer.Span.Fill(0x77);
        edu.ReadMemory(buffer.Iova, 16);
        if (device.Info.CanReset)
        {
            device.Reset();
        }
        else
        {
            ScenarioContext.Fails(Errno.EINVAL, device.Reset);
        }

        context.Note($"can reset {device.Info.CanReset}");
        InterruptVector vector = device.EnableMsi()[0];
        device.Dispose();
        device.Dispose();
        Throws<ObjectDisposedException>(() => vector.Wait(TimeSpan.Zero));
        Throws<ObjectDisposedException>(() => _ = edu.Id);
        buffer.Dispose();

        for (int i = 0; i < 3; i++)
        {
            using VfioDevice again = context.Open(by);
            ScenarioContext.Equal(false, again.BusMaster);
            ScenarioContext.Equal(Id, new EduFunction(again).Id);
            // Not disposed on purpose: closing the device hands back all that came from it.
            _ = again.AllocateDma(4096);
            _ = again.EnableIntx();
        }
    });

    private static void Throws<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            return;
        }

        throw new ScenarioFailedException($"no {typeof(T).Name} after the device was disposed");
    }
}
