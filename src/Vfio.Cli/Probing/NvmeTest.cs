using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Cli.Probing;

/// <summary>An NVMe controller: Identify through its admin queue. No namespace is read or written.</summary>
internal sealed class NvmeTest : IDeviceTest
{
    public bool Knows(PciFunction function) => function.ClassCode == 0x010802;

    public DeviceChecks Run(VfioDevice device, CancellationToken cancellation)
    {
        using NvmeController controller = NvmeController.Start(device, useInterrupts: true, cancellation: cancellation);
        NvmeIdentity identity = controller.Identify(cancellation);
        List<NvmeNamespace> namespaces = [];
        foreach (uint id in controller.ListNamespaces(cancellation).Take(4))
        {
            namespaces.Add(controller.IdentifyNamespace(id, cancellation));
        }

        string media = string.Join(", ", namespaces.Select(n => string.Create(
            CultureInfo.InvariantCulture, $"namespace {n.Id}: {Rendering.FunctionText.Bytes(n.Blocks * (ulong)n.BlockSize)}")));
        string name = string.Create(
            CultureInfo.InvariantCulture, $"{identity.Model}, serial {identity.SerialNumber}, firmware {identity.Firmware}, NVMe {controller.Version}");
        return new(
            Check.Of("identify", identity.SerialNumber.Length + identity.Model.Length > 0, media.Length == 0 ? name : $"{name}; {media}"),
            // The device read its commands from our memory and wrote every answer there: both directions, checked by what they say.
            Check.Of("DMA", true, string.Create(CultureInfo.InvariantCulture, $"{controller.BytesReceived} bytes of Identify data, by the admin queue")),
            controller.BytesReceived,
            Interrupt(controller));
    }

    private static Check Interrupt(NvmeController controller) => controller.InterruptKind switch
    {
        null => Check.NotDone("interrupt", "the controller offers neither MSI-X nor MSI"),
        { } kind => Check.Of("interrupt", controller.InterruptsReceived > 0, controller.InterruptsReceived > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Names.Of(kind)} received by eventfd: {controller.InterruptsReceived} for {controller.CommandsCompleted} completions")
            : string.Create(CultureInfo.InvariantCulture, $"no {Names.Of(kind)} for {controller.CommandsCompleted} completions")),
    };
}
