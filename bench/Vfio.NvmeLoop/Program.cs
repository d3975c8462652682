using System.Globalization;
using Vfio;
using Vfio.Nvme;
using Vfio.NvmeLoop;

// The driver at full speed, as tests/c/nvme_bench.c does it in C; eng/bench-nvme runs both in turns.
// usage: Vfio.NvmeLoop [-g] ADDRESS QD SECONDS read|write      a controller of this machine: commands, IOPS, ns, ns of CPU time, each per command
//        Vfio.NvmeLoop soft QD SECONDS read|write              a soft controller in this process; also the bytes allocated per command by all threads
//        Vfio.NvmeLoop [-g] latency ADDRESS|soft SECONDS       one command at a time: polled, waited for by interrupt, awaited
bool byGroup = args is ["-g", ..];
string[] rest = byGroup ? args[1..] : args;
if (rest is ["latency", var place, var time] && double.TryParse(time, CultureInfo.InvariantCulture, out double length))
{
    return With(place, (device, _) => LatencyRun.Print(device, length));
}

if (rest is not [var where, var depth, var round, "read" or "write"]
    || !int.TryParse(depth, NumberStyles.None, CultureInfo.InvariantCulture, out int commands)
    || !double.TryParse(round, CultureInfo.InvariantCulture, out double seconds))
{
    Console.Error.WriteLine("usage: Vfio.NvmeLoop [-g] ADDRESS|soft QD SECONDS read|write\n       Vfio.NvmeLoop [-g] latency ADDRESS|soft SECONDS");
    return 2;
}

return With(where, (device, isSoft) =>
{
    using NvmeController controller = NvmeController.Start(device, useInterrupts: false);
    NvmeNamespace blocks = controller.IdentifyNamespace(1);
    NvmeQueue queue = controller.CreateQueue(commands);
    using DmaBuffer memory = device.AllocateDma((ulong)commands * ReadWriteLoop.PageSize);
    var loop = new ReadWriteLoop(queue, blocks, memory, rest[3] == "write");
    Measurement measured = loop.Run(seconds);
    Console.WriteLine(measured);
    if (isSoft)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"allocated by all threads: {measured.Allocated} bytes for {measured.Commands} commands"));
    }
});

int With(string where, Action<VfioDevice, bool> run)
{
    if (where == "soft")
    {
        using var soft = new SoftController();
        run(soft.Device, true);
        return 0;
    }

    if (!PciAddress.TryParse(where, CultureInfo.InvariantCulture, out PciAddress address))
    {
        Console.Error.WriteLine($"{where} is no address of a function");
        return 2;
    }

    using VfioDevice device = VfioHost.Local.Open(address, new DevicePolicy(byGroup ? InterfaceChoice.Group : InterfaceChoice.Device));
    run(device, false);
    return 0;
}
