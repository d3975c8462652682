// Usage: Edu BDF [auto|device|group]
using System.Globalization;
using Edu;
using Vfio;

if (args.Length is not (1 or 2)
    || !PciAddress.TryParse(args[0], CultureInfo.InvariantCulture, out PciAddress address)
    || !Enum.TryParse(args.Length > 1 ? args[1] : nameof(InterfaceChoice.Auto), ignoreCase: true, out InterfaceChoice choice))
{
    Console.Error.WriteLine("usage: Edu BDF [auto|device|group]");
    return 2;
}

using CancellationTokenSource late = new(TimeSpan.FromSeconds(10));
try
{
    bool same = await EduSample.RunAsync(VfioHost.Local, address, new DevicePolicy(choice), late.Token);
    Console.WriteLine(same ? $"{address}: ten bytes went to the device and back" : $"{address}: the bytes came back WRONG");
    return same ? 0 : 1;
}
catch (VfioException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
