namespace Vfio;

public sealed partial class VfioHost
{
    /// <summary>
    /// Opens a function: examines it, decides for an interface as <paramref name="policy"/> says, opens it that way, has the kernel confirm whether its DMA is
    /// coherent, and decides again on that. <see cref="VfioDevice.Plan"/> tells what was decided and why.
    /// </summary>
    /// <param name="address">The function; bound to vfio-pci.</param>
    /// <param name="policy">What the caller allows; null: the device node where it can be had, whatever is true of coherency.</param>
    /// <param name="options">A virtual machine the device is for, a VF token; null for neither.</param>
    /// <returns>The device, attached to an address space of its own; the caller's to dispose.</returns>
    /// <exception cref="VfioRefusedException">It could be opened, but <paramref name="policy"/> forbids it.</exception>
    /// <exception cref="VfioException">It cannot be opened, with what to do about it.</exception>
    public VfioDevice Open(PciAddress address, DevicePolicy? policy = null, OpenOptions? options = null)
    {
        DeviceFacts facts = Examine(address);
        return Open(InterfacePlan.Decide(facts, policy ?? new DevicePolicy()), options);
    }

    /// <summary>Opens as planned, has it confirmed, and decides again on that.</summary>
    internal VfioDevice Open(InterfacePlan plan, OpenOptions? options = null)
    {
        VfioDevice device = OpenUnconfirmed(plan, options);
        try
        {
            device.ConfirmCoherency();
            InterfacePlan confirmed = plan.Confirm(device.Coherency);
            if (confirmed.Interface == plan.Interface)
            {
                device.Plan = confirmed;
                return device;
            }

            // The verdict overrides the plan: nothing of the first way may be open when the second is tried.
            device.Dispose();
            device = OpenUnconfirmed(confirmed, options);
            device.ConfirmCoherency();
            InterfacePlan again = confirmed.Confirm(device.Coherency);
            device.Plan = again.Interface == confirmed.Interface ? again : throw again.ToException();
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Opens as planned; asks nothing yet.</summary>
    internal VfioDevice OpenUnconfirmed(InterfacePlan plan, OpenOptions? options = null)
    {
        if (plan.Interface is not { } path)
        {
            throw plan.ToException();
        }

        PciFunction function = plan.Facts.Function;
        FunctionNodes nodes = function.Nodes;
        try
        {
            return path == VfioInterface.Device
                ? VfioDevice.OpenByNode(Calls, function.Address, nodes.Device!.Path, nodes.Iommufd!.Path, options)
                : VfioDevice.OpenByGroup(Calls, function.Address, nodes.Group!.Path, nodes.Container!.Path, options);
        }
        catch (VfioException e) when (e is not VfioRefusedException)
        {
            throw Failure(e.Errno, e.Operation, e.Path, plan.Facts);
        }
    }
}
