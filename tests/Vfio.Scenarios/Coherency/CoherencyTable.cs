using System.Globalization;
using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Coherency;

/// <summary>
/// Every way to ask whether DMA is forced to be coherent, and what each answers, the answers that lie included: an IOAS without a page table
/// says yes for everybody. docs/coherency.md says which of them to believe.
/// </summary>
public static class CoherencyTable
{
    private static readonly (string Question, Func<ScenarioContext, string> Ask, Func<Machine, string> Expected)[] s_rows =
    [
        ("type1 before SET_IOMMU", Type1Before, _ => "0"),
        ("type1 after SET_IOMMU", Type1After, Truth),
        ("iommufd without compat IOAS", WithoutIoas, _ => "ENODEV"),
        ("compat IOAS, empty", EmptyIoas, _ => "1"),
        ("compat IOAS, device attached", AttachedIoas, Truth),
        ("explicit HWPT, unattached", context => ExplicitHwpt(context, mapped: false), Truth),
        ("explicit HWPT, IOAS with a mapping", context => ExplicitHwpt(context, mapped: true), TruthOrUnfinishedDomain),
        ("group on iommufd after SET_IOMMU", GroupOnIommufd, _ => "1"),
        ("group on iommufd after GET_DEVICE_FD", GroupOnIommufdWithDevice, Truth),
        ("GET_HW_INFO", HardwareInfo, Hardware),
    ];

    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("coherency table", Run);

    private static void Run(ScenarioContext context)
    {
        List<string> wrong = [];
        foreach (var (question, ask, expected) in s_rows)
        {
            string answer = ask(context);
            context.Note($"{question} {answer}");
            if (answer != expected(context.Machine))
            {
                wrong.Add($"{question}: {answer}, measured was {expected(context.Machine)}");
            }
        }

        ScenarioContext.Check(wrong.Count == 0, string.Join("; ", wrong));
    }

    private static string Truth(Machine machine) => machine.Enforces ? "1" : "0";

    // Linux 6.12's virtio-iommu makes a domain whose geometry is not known before an attach, and no mapping fits into nothing.
    private static string TruthOrUnfinishedDomain(Machine machine)
        => machine is { IsOld: true, Name: "q35-virtio" } ? "EADDRINUSE" : Truth(machine);

    private static string Hardware(Machine machine)
    {
        string snoop = machine.HwInfoType == IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD ? $" ecap.SC={(machine.Enforces ? 1 : 0)}" : "";
        // Linux 7.2 says of each of these devices that it has no ATS.
        return $"type {machine.HwInfoType}{snoop} capabilities {(machine.IsOld ? "0x0" : "0x8")}";
    }

    private static string Type1Before(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        return ScenarioContext.Answer(kernel.AsksCoherent(kernel.Open("/dev/vfio/vfio")));
    }

    private static string Type1After(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        int container = kernel.Open("/dev/vfio/vfio");
        int group = kernel.Open(kernel.GroupNode(context.Machine.Edu));
        RawKernel.Succeeds("SET_CONTAINER", kernel.SetContainer(group, container));
        RawKernel.Succeeds("SET_IOMMU", kernel.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        return ScenarioContext.Answer(kernel.AsksCoherent(container));
    }

    private static string WithoutIoas(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        return ScenarioContext.Answer(kernel.AsksCoherent(kernel.Open("/dev/iommu")));
    }

    private static string EmptyIoas(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        int iommufd = kernel.Open("/dev/iommu");
        uint ioas = kernel.AllocateIoas(iommufd);
        RawKernel.Succeeds("VFIO_IOAS SET", kernel.CompatIoas(iommufd, IommufdUapi.IOMMU_VFIO_IOAS_SET, ref ioas));
        return ScenarioContext.Answer(kernel.AsksCoherent(iommufd));
    }

    private static string AttachedIoas(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        int iommufd = kernel.Open("/dev/iommu");
        int device = kernel.Open(RawKernel.Node);
        uint ioas = kernel.AllocateIoas(iommufd);
        RawKernel.Succeeds("VFIO_IOAS SET", kernel.CompatIoas(iommufd, IommufdUapi.IOMMU_VFIO_IOAS_SET, ref ioas));
        RawKernel.Succeeds("BIND", kernel.Bind(device, iommufd, out _));
        RawKernel.Succeeds("ATTACH", kernel.Attach(device, ref ioas));
        return ScenarioContext.Answer(kernel.AsksCoherent(iommufd));
    }

    private static string ExplicitHwpt(ScenarioContext context, bool mapped)
    {
        using RawPages page = new(context.Calls, 4096);
        using RawKernel kernel = new(context.Calls);
        int iommufd = kernel.Open("/dev/iommu");
        int device = kernel.Open(RawKernel.Node);
        uint ioas = kernel.AllocateIoas(iommufd);
        RawKernel.Succeeds("VFIO_IOAS SET", kernel.CompatIoas(iommufd, IommufdUapi.IOMMU_VFIO_IOAS_SET, ref ioas));
        RawKernel.Succeeds("BIND", kernel.Bind(device, iommufd, out uint id));
        if (mapped)
        {
            RawKernel.Succeeds("IOAS_MAP", kernel.Map(iommufd, ioas, (ulong)page.Address, 4096, 0x10_0000));
        }

        int allocated = kernel.AllocateHwpt(iommufd, id, ioas, out _);
        return ScenarioContext.Answer(allocated < 0 ? allocated : kernel.AsksCoherent(iommufd));
    }

    private static string GroupOnIommufd(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        return ScenarioContext.Answer(kernel.AsksCoherent(OpenGroupOnIommufd(context, kernel).Iommufd));
    }

    private static string GroupOnIommufdWithDevice(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        (int iommufd, int group) = OpenGroupOnIommufd(context, kernel);
        RawKernel.Succeeds("GET_DEVICE_FD", kernel.GetDevice(group, context.Machine.Edu));
        return ScenarioContext.Answer(kernel.AsksCoherent(iommufd));
    }

    private static (int Iommufd, int Group) OpenGroupOnIommufd(ScenarioContext context, RawKernel kernel)
    {
        int iommufd = kernel.Open("/dev/iommu");
        int group = kernel.Open(kernel.GroupNode(context.Machine.Edu));
        RawKernel.Succeeds("SET_CONTAINER", kernel.SetContainer(group, iommufd));
        RawKernel.Succeeds("SET_IOMMU", kernel.Ioctl(iommufd, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        return (iommufd, group);
    }

    private static string HardwareInfo(ScenarioContext context)
    {
        using RawPages page = new(context.Calls, 4096);
        using RawKernel kernel = new(context.Calls);
        int iommufd = kernel.Open("/dev/iommu");
        RawKernel.Succeeds("BIND", kernel.Bind(kernel.Open(RawKernel.Node), iommufd, out uint id));
        IommuHwInfo info = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwInfo>(),
            DevId = id,
            DataLen = (uint)StructBytes.SizeOf<IommuHwInfoVtd>(),
            DataUptr = (ulong)page.Address,
        };
        int answer = kernel.Ioctl(iommufd, IommufdUapi.IOMMU_GET_HW_INFO, ref info);
        if (answer < 0)
        {
            return ScenarioContext.Answer(answer);
        }

        string snoop = "";
        if (info.OutDataType == IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD)
        {
            ScenarioContext.Check(StructBytes.TryRead(page.Bytes, out IommuHwInfoVtd vtd), "the page is shorter than the struct");
            ScenarioContext.Equal((uint)StructBytes.SizeOf<IommuHwInfoVtd>(), info.DataLen);
            snoop = $" ecap.SC={(vtd.EcapReg >> 7) & 1}";
        }

        return string.Create(CultureInfo.InvariantCulture, $"type {info.OutDataType}{snoop} capabilities 0x{info.OutCapabilities:x}");
    }
}
