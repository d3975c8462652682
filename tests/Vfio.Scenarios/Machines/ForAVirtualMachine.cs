using Vfio.Scenarios.Driving;

namespace Vfio.Scenarios.Machines;

/// <summary>KVM is told of a device's file before it is bound, holds it, and lets go as the device is closed.</summary>
public static class ForAVirtualMachine
{
    /// <summary>What KVM takes and refuses.</summary>
    public static Scenario Files { get; } = new("files of a virtual machine", AddAndRemove);

    /// <summary>Opened for a machine, by its node.</summary>
    public static Scenario ByNode { get; } = new("a device for a virtual machine, by node", context => Open(context, InterfaceChoice.Device));

    /// <summary>Opened for a machine, by its group.</summary>
    public static Scenario ByGroup { get; } = new("a device for a virtual machine, by group", context => Open(context, InterfaceChoice.Group));

    private static void AddAndRemove(ScenarioContext context)
    {
        using KvmMachine machine = KvmMachine.Create(context.Host);
        ScenarioContext.Equal(true, machine.CanCreateDevices);
        ScenarioContext.Equal(true, KvmVfioDevice.IsSupported(machine));
        using KvmVfioDevice kvm = KvmVfioDevice.Create(machine);
        ScenarioContext.Equal(true, kvm.TakesFiles);
        context.Answers("EBUSY", () => KvmVfioDevice.Create(machine).Dispose(), "a second VFIO device");

        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using VfioFileHandle node = context.OpenNode();
        using VfioFileHandle other = context.OpenNode();
        context.Answers("EINVAL", () => kvm.Add(iommufd.Handle), "FILE_ADD of an iommufd");
        context.Answers("EINVAL", () => kvm.Add(kvm.Handle), "FILE_ADD of itself");
        context.Answers("ENOENT", () => kvm.Remove(node), "FILE_DEL of what was not added");
        kvm.Add(node);
        context.Answers("EEXIST", () => kvm.Add(node), "FILE_ADD twice");
        context.Answers("0", () => kvm.Add(other), "FILE_ADD of another file of the device");
        kvm.Remove(node);
        context.Answers("ENOENT", () => kvm.Remove(node), "FILE_DEL twice");

        // What KVM holds stays bound although the program closed it; a closed KVM device lets go.
        kvm.Add(node);
        iommufd.BindDevice(node);
        node.Dispose();
        context.Answers("EBUSY", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "the group while KVM holds a bound file");
        machine.Dispose();
        context.Answers("EEXIST", () => kvm.Add(other), "FILE_ADD after the machine's file was closed");
        kvm.Dispose();
        context.Answers("0", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "the group after KVM let go");
    }

    private static void Open(ScenarioContext context, InterfaceChoice by)
    {
        using KvmMachine machine = KvmMachine.Create(context.Host);
        using KvmVfioDevice kvm = KvmVfioDevice.Create(machine);
        for (int i = 0; i < 2; i++)
        {
            using (VfioDevice device = context.Host.Open(context.Edu, new DevicePolicy(by), new OpenOptions { Kvm = kvm }))
            {
                VfioFileHandle file = by == InterfaceChoice.Device ? device.Handle : device.Group!.Handle;
                context.Answers("EEXIST", () => kvm.Add(file), "FILE_ADD of what opening added");
                ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
            }

            // Removed as it was closed: its group is free.
            context.Answers("0", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "the group after the device was closed");
        }

        // A device that could not be opened leaves nothing with KVM.
        using VfioGroup taken = VfioGroup.Open(context.Host, context.GroupId);
        context.Answers("EBUSY", () => context.Host.Open(context.Edu, new DevicePolicy(by), new OpenOptions { Kvm = kvm }).Dispose(), "a device that is in use");
        taken.Dispose();
        context.Answers("0", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "the group after it could not be opened");
    }
}
