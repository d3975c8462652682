using Vfio.Uapi;

namespace Vfio.Scenarios.Driving;

/// <summary>Handles that somebody else opened: a broker that may do what the program may not.</summary>
public static class HandedOver
{
    private const string Node = "/dev/vfio/devices/vfio0";

    /// <summary>A device file and an iommufd.</summary>
    public static Scenario ByNode { get; } = new("a broker's device and iommufd", context =>
    {
        ISystemCalls calls = context.Calls;
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas compat = iommufd.AllocateIoas();
        iommufd.SetCompatIoas(compat.Id);

        // Not bound yet; the iommufd stays ours, and its compat IOAS as it was, although the verdict is asked through it.
        VfioFileHandle file = VfioFileHandle.Open(calls, Node, OpenFlags.ReadWrite);
        using (VfioDevice device = VfioDevice.FromDeviceHandle(file, iommufd, context.Edu, leaveIommufdOpen: true))
        {
            ScenarioContext.Equal(context.Verdict, device.Coherency.Verdict);
            ScenarioContext.Equal(VfioInterface.Device, device.Interface);
            ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
        }

        ScenarioContext.Equal<uint?>(compat.Id, iommufd.GetCompatIoas());
        ScenarioContext.Equal(true, file.IsClosed);

        // Bound by the broker, into an address space that is the broker's; both stay.
        using VfioFileHandle bound = VfioFileHandle.Open(calls, Node, OpenFlags.ReadWrite);
        uint id = iommufd.BindDevice(bound);
        for (int i = 0; i < 2; i++)
        {
            using VfioDevice device = VfioDevice.FromDeviceHandle(
                bound, iommufd, context.Edu, id, compat, leaveDeviceOpen: true, leaveIommufdOpen: true);
            ScenarioContext.Equal(compat.Id, device.Ioas!.Id);
            ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
            context.Note($"shared IOAS {device.Coherency.Verdict}");
        }

        ScenarioContext.Equal(false, bound.IsClosed);
    });

    /// <summary>A group and a container.</summary>
    public static Scenario ByGroup { get; } = new("a broker's group and container", context =>
    {
        int id = context.Host.GetFunction(context.Edu).GroupId ?? throw new ScenarioFailedException("edu has no group");
        using VfioContainer container = VfioContainer.Open(context.Host);
        using VfioGroup group = VfioGroup.Open(context.Host, id);
        for (int i = 0; i < 2; i++)
        {
            using VfioDevice device = VfioDevice.FromGroup(group, container, context.Edu, leaveGroupOpen: true, leaveContainerOpen: true);
            ScenarioContext.Equal(VfioInterface.Group, device.Interface);
            ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
            context.Note($"{(i == 0 ? "own" : "shared")} container {device.Coherency.Verdict}");
        }

        ScenarioContext.Equal(GroupStatus.InContainer, group.GetStatus() & GroupStatus.InContainer);
        group.UnsetContainer();
    });

    /// <summary>Typed address spaces and page tables.</summary>
    public static Scenario AddressSpaces { get; } = new("address spaces and page tables, typed", context =>
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        Ioas ioas = device.Ioas!;
        using DmaBuffer buffer = device.AllocateDma(8192, lastIova: EduFunction.LastIova);
        EduFunction edu = new(device);
        new Random(2).NextBytes(buffer.Span);

        // The same memory at a second address in the same space, and in another.
        ulong copy = ioas.Copy(ioas, buffer.Iova, 4096, iova: 0x80_0000);
        ScenarioContext.Equal(0x80_0000ul, copy);
        edu.ReadMemory(copy, 64);
        edu.WriteMemory(buffer.Iova + 4096, 64);
        ScenarioContext.Check(buffer.Span.Slice(4096, 64).SequenceEqual(buffer.Span[..64]), "a copied mapping leads elsewhere");
        ScenarioContext.Equal(4096ul, ioas.Unmap(copy, 4096));

        using Ioas other = iommufd.AllocateIoas();
        other.MapFixed(0x10_0000, buffer.Address, 4096);
        IommuHardwareInfo hardware = iommufd.GetHardwareInfo(device.IommufdDeviceId!.Value);
        ScenarioContext.Equal(context.Machine.HwInfoType, hardware.DataType);
        ScenarioContext.Equal(context.Machine.HwInfoType == 1 ? context.Machine.Enforces : null, hardware.VtdSnoopControl);
        ScenarioContext.Fails(Errno.EBUSY, () => iommufd.Destroy(ioas.Id));
        ScenarioContext.Equal(4096ul, other.UnmapAll());
        using (Hwpt hwpt = iommufd.AllocateHwpt(device.IommufdDeviceId.Value, other))
        {
            ScenarioContext.Fails(Errno.EBUSY, () => iommufd.Destroy(other.Id));
            context.Note($"with a page table and no device {other.GetIovaRanges()}");
        }

        other.AllowIovas(new IovaRange(0x100_0000, 0x1ff_ffff));
        ScenarioContext.Equal(0x100_0000ul, other.Map(buffer.Address, 4096));
        if (context.Machine.IsOld)
        {
            ScenarioContext.Fails(Errno.ENOTTY, () => device.MapDmaFile(buffer.File, 0, 4096).Dispose());
        }
        else
        {
            using DmaMapping file = device.MapDmaFile(buffer.File, 4096, 4096, iova: 0x90_0000);
            edu.ReadMemory(buffer.Iova, 64);
            edu.WriteMemory(file.Iova + 100, 64);
            ScenarioContext.Check(buffer.Span.Slice(4196, 64).SequenceEqual(buffer.Span[..64]), "a mapped file is another");
            ScenarioContext.Fails(Errno.EINVAL, () => device.MapDmaFile(buffer.File, 0, 1 << 20, iova: 0xa0_0000).Dispose());
        }

        if (context.Machine.FinishesTablesOnAttach)
        {
            ScenarioContext.Fails(Errno.EADDRINUSE, () => iommufd.AllocateHwpt(device.IommufdDeviceId.Value, ioas).Dispose());
        }
        else
        {
            // Moved to a page table made by hand: what is mapped stays mapped.
            using Hwpt chosen = iommufd.AllocateHwpt(device.IommufdDeviceId.Value, ioas);
            device.Attach(chosen);
            ScenarioContext.Equal(context.Verdict, device.Coherency.Verdict);
            buffer.Span.Slice(4096, 64).Clear();
            edu.ReadMemory(buffer.Iova, 64);
            edu.WriteMemory(buffer.Iova + 4096, 64);
            ScenarioContext.Check(buffer.Span.Slice(4096, 64).SequenceEqual(buffer.Span[..64]), "a page table made by hand leads elsewhere");
        }

        context.Note($"hardware type {hardware.DataType}");
    });
}
