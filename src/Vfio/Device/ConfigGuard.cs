namespace Vfio;

/// <summary>
/// Watches writes to config space. While memory decoding is off or the function sleeps, the kernel takes BAR mappings away and an access through one is SIGBUS, which .NET
/// cannot catch (Linux: drivers/vfio/pci/vfio_pci_core.c __vfio_pci_memory_enabled); so mappings are out of use before such a write and back only when
/// config space says that memory can be reached.
/// </summary>
internal sealed class ConfigGuard(Func<bool> canReachMemory, Func<int> powerManagementOffset, Action<bool> suspend)
{
    private const ulong Command = 4;

    /// <summary>Before the write: where it may close the door, the mappings go out of use.</summary>
    public void BeforeWrite(ulong offset, int length)
    {
        if (Concerns(offset, length))
        {
            suspend(true);
        }
    }

    /// <summary>After the write: what is true now.</summary>
    public void AfterWrite(ulong offset, int length)
    {
        if (Concerns(offset, length))
        {
            suspend(!canReachMemory());
        }
    }

    private bool Concerns(ulong offset, int length)
    {
        if (Overlaps(offset, length, Command))
        {
            return true;
        }

        // The capability list is walked only for writes beyond the standard header.
        if (offset < 0x40)
        {
            return false;
        }

        int powerManagement = powerManagementOffset();
        return powerManagement != 0 && Overlaps(offset, length, (ulong)powerManagement + 4);
    }

    private static bool Overlaps(ulong offset, int length, ulong register) => offset < register + 2 && register < offset + (ulong)length;
}
