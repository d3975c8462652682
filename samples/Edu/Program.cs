// Drives QEMU's teaching device, edu: a register, a computation, DMA both ways and an interrupt.
// Usage: Edu BDF [auto|device|group]
using Vfio;

InterfaceChoice choice = args.Length > 1 ? Enum.Parse<InterfaceChoice>(args[1], ignoreCase: true) : InterfaceChoice.Auto;
using VfioDevice edu = VfioHost.Local.Open(PciAddress.Parse(args[0]), new DevicePolicy(choice));
Region registers = edu.Bars[0];
using DmaBuffer buffer = edu.AllocateDma(8192, lastIova: 0x0fff_ffff);    // edu addresses 28 bits
using InterruptSet msi = edu.EnableMsi();

registers.Write32(0x08, 10);                                              // factorial of 10
while ((registers.Read32(0x20) & 1) != 0)
{
    Thread.Sleep(1);
}

buffer.Span[..4092].Fill(0x5a);
Dma(source: buffer.Iova, destination: 0x40000, command: 0b101);           // into the device
Dma(source: 0x40000, destination: buffer.Iova + 4096, command: 0b111);    // and back
bool same = buffer.Slice(0, 4092).SequenceEqual(buffer.Slice(4096, 4092));

Console.WriteLine($"{edu.Address} by {edu.Interface}: id {registers.Read32(0):x8}, 10! = {registers.Read32(0x08)}, "
    + $"DMA {(same ? "verified" : "WRONG")}, {edu.Coherency.Verdict}: {edu.Coherency.Evidence}");
return same ? 0 : 1;

void Dma(ulong source, ulong destination, uint command)
{
    registers.Write64(0x80, source);
    registers.Write64(0x88, destination);
    registers.Write64(0x90, 4092);                                        // QEMU 7.2 aborts on 4096
    registers.Write64(0x98, command);                                     // start, with an interrupt at the end
    _ = msi[0].Wait(TimeSpan.FromSeconds(5)) > 0 ? true : throw new TimeoutException("No interrupt.");
    registers.Write32(0x64, registers.Read32(0x24));                      // acknowledge
}
