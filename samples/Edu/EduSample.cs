using Vfio;

namespace Edu;

/// <summary>Drives QEMU's teaching device, edu: bytes into the device by DMA and back out again, an interrupt after each. The README shows this method.</summary>
internal static class EduSample
{
    public static async Task<bool> RunAsync(VfioHost host, PciAddress address, DevicePolicy policy, CancellationToken cancellationToken)
    {
        using VfioDevice edu = host.Open(address, policy);                        // decides, opens, asks the kernel about coherency
        using DmaBuffer buffer = edu.AllocateDma(4096, lastIova: 0x0fff_ffff);    // edu addresses 28 bits
        using InterruptSet msi = edu.EnableMsi();
        Region registers = edu.Bars[0];
        "hello, edu"u8.CopyTo(buffer.Span);
        foreach ((ulong from, ulong to, ulong go) in new[] { (buffer.Iova, 0x40000ul, 0b101ul), (0x40000ul, buffer.Iova + 2048, 0b111ul) })
        {
            registers.Write64(0x80, from);
            registers.Write64(0x88, to);
            registers.Write64(0x90, 10);                                          // bytes
            registers.Write64(0x98, go);                                          // DMA, and an interrupt at its end
            await msi[0].WaitAsync(cancellationToken);
            registers.Write32(0x64, registers.Read32(0x24));                      // acknowledge
        }

        return buffer.Slice(2048, 10).SequenceEqual("hello, edu"u8);
    }
}
