using System.Diagnostics;
using System.Globalization;
using Vfio;
using Vfio.OpenToRegister;
using Vfio.Uapi;

// open -> BIND -> IOAS -> ATTACH -> MAP -> first register read: the library beside the same calls in C (tests/c/open_to_register.c), in turns, on
// one machine. Needs a real edu function bound to vfio-pci, so it runs in the guest.
// usage: Vfio.OpenToRegister ADDRESS [C-PROGRAM]      without C-PROGRAM: once, for strace
const int WarmUps = 5, Samples = 50;
if (args.Length is not (1 or 2) || !PciAddress.TryParse(args[0], CultureInfo.InvariantCulture, out PciAddress address))
{
    Console.Error.WriteLine("usage: Vfio.OpenToRegister ADDRESS [C-PROGRAM]");
    return 2;
}

ISystemCalls calls = VfioHost.Local.Calls;
nint memory = calls.Mmap(4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared | MmapFlags.Anonymous | MmapFlags.Populate, -1, 0);
long start = Stopwatch.GetTimestamp();
InterfacePlan plan = InterfacePlan.Decide(VfioHost.Local.Examine(address), new DevicePolicy(InterfaceChoice.Device));
double discovery = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
if (args.Length == 1)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Sequence.Run(plan, memory, out _):F0} ns"));
    return 0;
}

ProcessStartInfo c = new(args[1], [plan.Facts.Function.Nodes.Device!.Path, "--serve"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
using Process yardstick = Process.Start(c)!;
double[] ours = new double[Samples], theirs = new double[Samples], confirmations = new double[Samples];
for (int i = -WarmUps; i < Samples; i++)
{
    double here = Sequence.Run(plan, memory, out double confirmation);
    yardstick.StandardInput.Write('.');
    yardstick.StandardInput.Flush();
    string? line = yardstick.StandardOutput.ReadLine();
    if (!double.TryParse(line, CultureInfo.InvariantCulture, out double there))
    {
        Console.Error.WriteLine($"{args[1]} ended");
        return 1;
    }

    if (i >= 0)
    {
        (ours[i], theirs[i], confirmations[i]) = (here, there, confirmation);
    }
}

yardstick.StandardInput.Close();
yardstick.WaitForExit();
double median = Median(ours), medianC = Median(theirs);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"open to first register, median of {Samples}: C# {median / 1000:F1} us, C {medianC / 1000:F1} us, ratio {median / medianC:F3}"));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"apart from it: discovery {discovery:F1} us (first time), coherency confirmed in {Median(confirmations) / 1000:F1} us"));
return 0;

static double Median(double[] samples)
{
    Array.Sort(samples);
    return (samples[(samples.Length - 1) / 2] + samples[samples.Length / 2]) / 2;
}
