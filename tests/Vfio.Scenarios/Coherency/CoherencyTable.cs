using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Scenarios.Coherency;

/// <summary>
/// Every way to ask whether DMA is forced to be coherent, and what each answers, the answers that lie included: an IOAS without a page table
/// says yes for everybody. docs/coherency.md says which of them to believe.
/// </summary>
public static class CoherencyTable
{
    private static readonly (string Question, Func<ScenarioContext, int> Ask, Func<Machine, string> Expected)[] s_rows =
    [
        ("type1 before SET_IOMMU", Type1Before, _ => "0"),
        ("type1 after SET_IOMMU", Type1After, Truth),
        ("iommufd without compat IOAS", WithoutIoas, _ => "ENODEV"),
        ("compat IOAS, empty", EmptyIoas, _ => "1"),
        ("compat IOAS, device attached", AttachedIoas, Truth),
        ("explicit HWPT, unattached", context => ExplicitHwpt(context, mapped: false), Truth),
        ("explicit HWPT, IOAS with a mapping", context => ExplicitHwpt(context, mapped: true), TruthOrUnfinishedDomain),
        ("group on iommufd after SET_IOMMU", context => GroupOnIommufd(context, withDevice: false), _ => "1"),
        ("group on iommufd after GET_DEVICE_FD", context => GroupOnIommufd(context, withDevice: true), Truth),
    ];

    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("coherency table", Run);

    private static void Run(ScenarioContext context)
    {
        List<string> wrong = [];
        foreach (var (question, ask, expected) in s_rows)
        {
            Compare(question, ScenarioContext.Outcome(() => ask(context)), expected(context.Machine));
        }

        Compare("GET_HW_INFO", HardwareInfo(context), Hardware(context.Machine));
        ScenarioContext.Check(wrong.Count == 0, string.Join("; ", wrong));

        void Compare(string question, string answer, string expected)
        {
            context.Note($"{question} {answer}");
            if (answer != expected)
            {
                wrong.Add($"{question}: {answer}, measured was {expected}");
            }
        }
    }

    private static string Truth(Machine machine) => machine.Enforces ? "1" : "0";

    private static string TruthOrUnfinishedDomain(Machine machine) => machine.FinishesTablesOnAttach ? "EADDRINUSE" : Truth(machine);

    private static string Hardware(Machine machine)
    {
        string snoop = machine.HwInfoType == IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD ? $" ecap.SC={(machine.Enforces ? 1 : 0)}" : "";
        // Linux 7.2 says of each of these devices that it has no ATS.
        return $"type {machine.HwInfoType}{snoop} capabilities {(machine.IsOld ? "0x0" : "0x8")}";
    }

    private static int Type1Before(ScenarioContext context)
    {
        using VfioContainer container = VfioContainer.Open(context.Host);
        return container.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int Type1After(ScenarioContext context)
    {
        using VfioContainer container = VfioContainer.Open(context.Host);
        using VfioGroup group = VfioGroup.Open(context.Host, context.GroupId);
        group.SetContainer(container.Handle);
        container.SetIommu();
        return container.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int WithoutIoas(ScenarioContext context)
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        return iommufd.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int EmptyIoas(ScenarioContext context)
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        iommufd.SetCompatIoas(iommufd.AllocateIoas().Id);
        return iommufd.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int AttachedIoas(ScenarioContext context)
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        Ioas ioas = iommufd.AllocateIoas();
        iommufd.SetCompatIoas(ioas.Id);
        using VfioDevice device = VfioDevice.FromDeviceHandle(context.OpenNode(), iommufd, context.Edu, ioas: ioas, leaveIommufdOpen: true);
        return iommufd.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int ExplicitHwpt(ScenarioContext context, bool mapped)
    {
        using Pages page = new(context.Calls, 4096);
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using VfioFileHandle node = context.OpenNode();
        Ioas ioas = iommufd.AllocateIoas();
        iommufd.SetCompatIoas(ioas.Id);
        uint id = iommufd.BindDevice(node);
        if (mapped)
        {
            ioas.MapFixed(0x10_0000, page.Address, 4096);
        }

        using Hwpt hwpt = iommufd.AllocateHwpt(id, ioas);
        return iommufd.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static int GroupOnIommufd(ScenarioContext context, bool withDevice)
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using VfioGroup group = VfioGroup.Open(context.Host, context.GroupId);
        group.SetContainer(iommufd.Handle);
        new VfioContainer(iommufd.Handle, leaveOpen: true).SetIommu();
        using VfioFileHandle? device = withDevice ? group.OpenDevice(context.Edu) : null;
        return iommufd.CheckExtension(VfioUapi.VFIO_DMA_CC_IOMMU);
    }

    private static string HardwareInfo(ScenarioContext context)
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using VfioFileHandle node = context.OpenNode();
        IommuHardwareInfo info = iommufd.GetHardwareInfo(iommufd.BindDevice(node));
        string snoop = info.VtdSnoopControl is { } control ? $" ecap.SC={(control ? 1 : 0)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"type {info.DataType}{snoop} capabilities 0x{info.Capabilities:x}");
    }
}
