using System.Globalization;
using Vfio.Uapi;

namespace Vfio;

/// <summary>A machine to <see cref="DeviceFacts"/>: reads, opens no device. One reader for one look: what the functions share it reads once.</summary>
internal sealed class FactsReader(ISystemCalls calls, SystemTree tree, FunctionReader functions)
{
    private const int CapIpcLock = 14;
    private const int EcapInterruptRemapping = 3;
    private const int EcapSnoopControl = 7;
    private const int DmarFlagsOffset = 37;

    private readonly Dictionary<string, string?> _texts = [];
    private readonly Lazy<byte[]?> _dmar = new(() => tree.ReadBytes("/sys/firmware/acpi/tables/DMAR"));
    private (IommuStatus Status, string Evidence)? _iommuStatus;

    /// <summary>The facts of a function that was read before.</summary>
    public DeviceFacts Read(PciFunction function)
    {
        IommuGroup? group = function.GroupId is { } id ? functions.ReadGroup(id) : null;
        string commandLine = ReadShared("/proc/cmdline") ?? string.Empty;
        (IommuStatus status, string evidence) = _iommuStatus ??= ReadIommuStatus(commandLine);
        (MsiIsolation isolation, string isolationEvidence) = ReadMsiIsolation(function, group, commandLine);
        return new DeviceFacts
        {
            Function = function,
            Group = group,
            IommuStatus = status,
            IommuEvidence = evidence,
            Coherency = ReadCoherency(function),
            MsiIsolation = isolation,
            MsiIsolationEvidence = isolationEvidence,
            IommufdAllowsUnsafeInterrupts = ReadSwitch("/sys/module/iommufd/parameters/allow_unsafe_interrupts"),
            Type1AllowsUnsafeInterrupts = ReadSwitch("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"),
            MemlockLimit = ReadMemlockLimit(),
        };
    }

    // reference/coherency: VT-d's ecap bit 7 agreed with the kernel's verdict each time; AMD's driver enforces for every device; virtio-iommu
    // has no such notion.
    private CoherencyVerdict ReadCoherency(PciFunction function)
    {
        if (function.IommuName is not { } name)
        {
            return new CoherencyVerdict(Coherency.Unknown, "sysfs names no IOMMU for this function");
        }

        switch (function.IommuType)
        {
            case IommuType.IntelVtd:
                string path = $"/sys/class/iommu/{name}/intel-iommu/ecap";
                if (SystemTree.ParseHex(ReadShared(path)) is not { } ecap)
                {
                    return new CoherencyVerdict(Coherency.Unknown, $"{tree.PathOf(path)} cannot be read");
                }

                bool snoopControl = ((ecap >> EcapSnoopControl) & 1) != 0;
                return new CoherencyVerdict(
                    snoopControl ? Coherency.Enforced : Coherency.NotEnforced,
                    string.Create(CultureInfo.InvariantCulture, $"{tree.PathOf(path)} is {ecap:x}: bit 7 (snoop control) is {(snoopControl ? 1 : 0)}"));
            case IommuType.AmdVi:
                return new CoherencyVerdict(Coherency.Enforced, $"{name} is AMD-Vi, whose driver enforces coherency for every device");
            case IommuType.Virtio:
                return new CoherencyVerdict(Coherency.NotEnforced, $"{name} is a virtio-iommu, which cannot enforce coherency");
            default:
                return new CoherencyVerdict(Coherency.Unknown, $"{name} is an IOMMU of a kind whose sysfs tells nothing of coherency");
        }
    }

    private (IommuStatus Status, string Evidence) ReadIommuStatus(string commandLine)
    {
        const string iommus = "/sys/class/iommu";
        if (tree.TryList(iommus, out List<string> names) < 0)
        {
            return (IommuStatus.Unknown, $"{tree.PathOf(iommus)} cannot be read");
        }

        // The 7.2 kernel's test IOMMU stands there too and covers no PCI function.
        string? active = names.Find(name => !name.StartsWith("iommufd_selftest", StringComparison.Ordinal));
        if (active is not null)
        {
            return (IommuStatus.Active, $"{tree.PathOf(iommus)}/{active}");
        }

        const string tables = "/sys/firmware/acpi/tables";
        IReadOnlyList<string> acpi = tree.List(tables);
        string? table = acpi.FirstOrDefault(name => name is "DMAR" or "IVRS" or "VIOT");
        if (table is not null)
        {
            string? option = SwitchedOff(commandLine);
            return (IommuStatus.OffInKernel, option is not null
                ? $"the firmware describes an IOMMU (ACPI {table}) and the kernel's command line says {option}"
                : $"the firmware describes an IOMMU (ACPI {table}) that the kernel has not taken up");
        }

        if (IsVirtualMachine())
        {
            return (IommuStatus.Absent, "this is a virtual machine and its firmware describes no IOMMU");
        }

        return acpi.Count == 0
            ? (IommuStatus.Unknown, $"{tree.PathOf(tables)} cannot be read")
            : (IommuStatus.OffInFirmware, "the firmware describes no IOMMU (no ACPI DMAR, IVRS or VIOT table)");
    }

    private static string? SwitchedOff(string commandLine)
        => commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(word => word is "iommu=off" or "amd_iommu=off" or "noiommu"
                || (word.StartsWith("intel_iommu=", StringComparison.Ordinal) && word["intel_iommu=".Length..].Split(',').Contains("off")));

    private bool IsVirtualMachine()
        => tree.ReadText("/proc/cpuinfo") is { } cpus
            && cpus.Split('\n').FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) is { } flags
            && flags.Split(' ').Contains("hypervisor");

    // What the kernel asks is whether the device's MSI domain isolates (IRQ_DOMAIN_FLAG_ISOLATED_MSI), which sysfs does not show. On x86
    // that is interrupt remapping, and remapped chips carry IR- in their names.
    private (MsiIsolation Isolation, string Evidence) ReadMsiIsolation(PciFunction function, IommuGroup? group, string commandLine)
    {
        const string interrupts = "/proc/interrupts";
        bool x86Window = group?.ReservedRegions.Any(region => region is { Start: 0xFEE00000, Type: "msi" }) == true;
        if (function.IommuType == IommuType.Virtio && x86Window)
        {
            return (MsiIsolation.NotIsolated, "virtio-iommu on x86 has no interrupt remapping");
        }

        string? off = commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word is "intremap=off" or "nointremap");
        if (off is not null)
        {
            return (MsiIsolation.NotIsolated, $"the kernel's command line says {off}");
        }

        if (function.IommuType == IommuType.IntelVtd)
        {
            string path = $"/sys/class/iommu/{function.IommuName}/intel-iommu/ecap";
            if (SystemTree.ParseHex(ReadShared(path)) is { } ecap && ((ecap >> EcapInterruptRemapping) & 1) == 0)
            {
                return (MsiIsolation.NotIsolated, string.Create(CultureInfo.InvariantCulture,
                    $"{tree.PathOf(path)} is {ecap:x}: bit 3 (interrupt remapping) is 0"));
            }

            // Only root may read the table.
            if (_dmar.Value is { } dmar && dmar.Length > DmarFlagsOffset && (dmar[DmarFlagsOffset] & 1) == 0)
            {
                return (MsiIsolation.NotIsolated, "the firmware's DMAR table says that interrupt remapping is not supported");
            }
        }

        if (x86Window && ReadShared(interrupts) is { } text)
        {
            if (text.Contains(" IR-", StringComparison.Ordinal))
            {
                return (MsiIsolation.Isolated, $"{tree.PathOf(interrupts)} shows remapped interrupts (IR-)");
            }

            if (text.Contains("IO-APIC", StringComparison.Ordinal) || text.Contains("PCI-MSI", StringComparison.Ordinal))
            {
                return (MsiIsolation.NotIsolated, $"{tree.PathOf(interrupts)} shows interrupts that are not remapped (no IR-)");
            }
        }

        return (MsiIsolation.Unknown, "sysfs does not tell whether interrupts are remapped");
    }

    /// <summary>A file that says the same of every function.</summary>
    private string? ReadShared(string path)
    {
        if (!_texts.TryGetValue(path, out string? text))
        {
            text = tree.ReadText(path);
            _texts[path] = text;
        }

        return text;
    }

    private bool? ReadSwitch(string path) => ReadShared(path) switch
    {
        "Y" or "1" => true,
        "N" or "0" => false,
        _ => null,
    };

    // CAP_IPC_LOCK lifts the limit: Linux, drivers/iommu/iommufd/pages.c do_update_pinned and vfio_iommu_type1.c vfio_lock_acct.
    private ulong? ReadMemlockLimit()
    {
        string? capabilities = ReadShared("/proc/self/status")?.Split('\n')
            .FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        if (SystemTree.ParseHex(capabilities?["CapEff:".Length..].Trim()) is { } effective && ((effective >> CapIpcLock) & 1) != 0)
        {
            return null;
        }

        return calls.GetMemlockLimit(out ulong bytes) < 0 || bytes == ulong.MaxValue ? null : bytes;
    }
}
