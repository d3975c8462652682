using Vfio.Uapi;

namespace Vfio.Scenarios.Driving;

/// <summary>Which interface is taken, what is said for it, and what the kernel answers once the function is attached.</summary>
public static class OpenedByDecision
{
    /// <summary>By one interface.</summary>
    public static Scenario By(InterfaceChoice by, string name) => new($"open and the verdict, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        ScenarioContext.Equal(by == InterfaceChoice.Group ? VfioInterface.Group : VfioInterface.Device, device.Interface);
        ScenarioContext.Equal(context.Verdict, device.Coherency.Verdict);
        ScenarioContext.Equal(device.Coherency, device.Plan!.Coherency);
        ScenarioContext.Check(device.Coherency.Evidence.Length > 0, "a verdict without evidence");
        ScenarioContext.Check(device.Plan.Reasons.Count > 0, "an interface without a reason");
        ScenarioContext.Equal((ushort)0x1234, device.Config.VendorId);
        ScenarioContext.Equal((ushort)0x11e8, device.Config.DeviceId);
        ScenarioContext.Equal(false, device.BusMaster);
        context.Note($"{device.Coherency.Evidence}; IOVAs {device.GetIovaRanges()}");
    });

    /// <summary>By what the policy allows.</summary>
    public static Scenario ByPolicy { get; } = new("policies on DMA that may be incoherent", context =>
    {
        using (VfioDevice device = context.Host.Open(context.Edu))
        {
            ScenarioContext.Equal(VfioInterface.Device, device.Interface);
        }

        using (VfioDevice device = context.Host.Open(context.Edu, new DevicePolicy(NonCoherentDma: NonCoherentDma.UseGroup)))
        {
            ScenarioContext.Equal(context.Machine.Enforces ? VfioInterface.Device : VfioInterface.Group, device.Interface);
            context.Note($"UseGroup: {device.Interface}");
        }

        DevicePolicy refuse = new(NonCoherentDma: NonCoherentDma.Refuse);
        if (context.Machine.Enforces)
        {
            using VfioDevice device = context.Host.Open(context.Edu, refuse);
            ScenarioContext.Equal(VfioInterface.Device, device.Interface);
            context.Note("Refuse: opened");
        }
        else
        {
            ScenarioContext.Check(Refused(context, refuse), "Refuse opened it");
            ScenarioContext.Check(Refused(context, refuse with { Interface = InterfaceChoice.Device }), "Refuse opened it by node");
            ScenarioContext.Check(
                Refused(context, new DevicePolicy(InterfaceChoice.Device, NonCoherentDma.UseGroup)), "an explicit node was opened against UseGroup");
            context.Note("Refuse: refused");
        }

        // Whatever was refused is free again.
        using VfioDevice again = context.Open(InterfaceChoice.Group);
    });

    /// <summary>A device in use says so.</summary>
    public static Scenario Busy { get; } = new("a device in use is busy, and the failure says what to do", context =>
    {
        using (context.Open(InterfaceChoice.Device))
        {
            VfioException second = ScenarioContext.Fails(Errno.EINVAL, () => context.Open(InterfaceChoice.Device).Dispose());
            ScenarioContext.Check(second.Advice.Length > 0, $"no advice in: {second.Message}");
            ScenarioContext.Equal("VFIO_DEVICE_BIND_IOMMUFD", second.Operation);
            VfioException group = ScenarioContext.Fails(Errno.EBUSY, () => context.Open(InterfaceChoice.Group).Dispose());
            ScenarioContext.Check(group.Advice.Length > 0, $"no advice in: {group.Message}");
        }

        using (context.Open(InterfaceChoice.Group))
        {
            ScenarioContext.Fails(Errno.EBUSY, () => context.Open(InterfaceChoice.Group).Dispose());
            ScenarioContext.Fails(Errno.EBUSY, () => context.Open(InterfaceChoice.Device).Dispose());
        }

        context.Open(InterfaceChoice.Device).Dispose();
        VfioException stranger = ScenarioContext.Fails(Errno.ENODEV, () => context.Host.Open(new PciAddress(0, 0x77, 0, 0)).Dispose());
        ScenarioContext.Check(stranger.Message.Contains("0000:77:00.0", StringComparison.Ordinal), stranger.Message);
    });

    private static bool Refused(ScenarioContext context, DevicePolicy policy)
    {
        try
        {
            context.Host.Open(context.Edu, policy).Dispose();
            return false;
        }
        catch (VfioRefusedException)
        {
            return true;
        }
    }
}
