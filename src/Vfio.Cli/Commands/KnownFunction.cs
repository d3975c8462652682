using Vfio.Cli.Rendering;
using Vfio.Uapi;

namespace Vfio.Cli.Commands;

/// <summary>A function named on the command line: found, or missed with a word on what is there.</summary>
internal static class KnownFunction
{
    /// <exception cref="VfioException">ENODEV: nothing is at that address.</exception>
    public static DeviceFacts Examine(VfioHost host, PciAddress address, Echo echo)
    {
        IReadOnlyList<PciFunction> functions = host.ListFunctions();
        return functions.Any(f => f.Address == address)
            ? host.Examine(address)
            : throw new VfioException(Errno.ENODEV, "find", address.ToString(), Advice(functions, address, echo));
    }

    private static string Advice(IReadOnlyList<PciFunction> functions, PciAddress address, Echo echo)
    {
        // A slip is most often in one field; an address that shares the others may be the one that was meant.
        PciFunction? nearest = functions.Where(f => Shared(f.Address, address) >= 3).MinBy(f => Distance(f.Address, address));
        string what = $"No PCI function is at this address. {echo.Command("ls")} shows the {functions.Count} that there are.";
        return nearest is null ? what : $"{what} Did you mean {nearest.Address} ({DeviceName.Of(nearest)})?";
    }

    private static int Distance(PciAddress a, PciAddress b)
        => Math.Abs(a.Bus - b.Bus) + Math.Abs(a.Device - b.Device) + Math.Abs(a.Function - b.Function);

    private static int Shared(PciAddress a, PciAddress b)
        => (a.Domain == b.Domain ? 1 : 0) + (a.Bus == b.Bus ? 1 : 0) + (a.Device == b.Device ? 1 : 0) + (a.Function == b.Function ? 1 : 0);
}
