using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class OpenAndCloseTests
{
    private static readonly PciAddress s_address = PciAddress.Parse("0000:00:01.0");
    private readonly ScriptedKernel _kernel = new();

    [Fact]
    public void By_node_the_device_is_bound_before_it_is_attached_and_nothing_else_is_asked()
    {
        using VfioDevice device = ByNode();
        Assert.Equal(
            [$"open {ScriptedKernel.DeviceNode}", $"open {ScriptedKernel.IommufdNode}", "BIND", "IOAS_ALLOC", "ATTACH 2"],
            _kernel.Log);
    }

    [Fact]
    public void By_group_the_container_is_set_before_the_iommu_and_the_iommu_before_the_device()
    {
        using VfioDevice device = ByGroup();
        Assert.Equal(
            [$"open {ScriptedKernel.GroupNode}", $"open {ScriptedKernel.ContainerNode}", "SET_CONTAINER", "SET_IOMMU 3", "GET_DEVICE_FD"],
            _kernel.Log);
    }

    [Theory]
    [InlineData("BIND")]
    [InlineData("IOAS_ALLOC")]
    [InlineData("ATTACH 2")]
    [InlineData("open /dev/iommu")]
    public void A_failed_opening_by_node_leaves_nothing_open(string step)
    {
        _kernel.Answers[step] = -(int)Errno.EPERM;
        Assert.Equal(Errno.EPERM, Assert.Throws<VfioException>(ByNode).Errno);
        Assert.Empty(_kernel.OpenPaths);
    }

    [Theory]
    [InlineData("SET_CONTAINER")]
    [InlineData("SET_IOMMU 3")]
    [InlineData("GET_DEVICE_FD")]
    [InlineData("open /dev/vfio/vfio")]
    public void A_failed_opening_by_group_leaves_nothing_open(string step)
    {
        _kernel.Answers[step] = -(int)Errno.EBUSY;
        Assert.Equal(Errno.EBUSY, Assert.Throws<VfioException>(ByGroup).Errno);
        Assert.Empty(_kernel.OpenPaths);
    }

    [Fact]
    public void By_node_closing_goes_from_interrupts_to_the_address_space()
    {
        VfioDevice device = ByNode();
        device.EnableMsi();
        DmaBuffer buffer = device.AllocateDma(4096);
        _kernel.Log.Clear();
        device.Dispose();
        Assert.Equal(
            [
                "SET_IRQS Msi off", "bus master off", "GET_INFO", "RESET", "IOAS_UNMAP", $"close {ScriptedKernel.DeviceNode}",
                "DESTROY 2", $"close {ScriptedKernel.IommufdNode}",
            ],
            _kernel.Log);
        Assert.Empty(_kernel.OpenPaths);
        buffer.Span[0] = 1;
        buffer.Dispose();
        Assert.Equal(8, _kernel.Log.Count);
    }

    [Fact]
    public void By_group_closing_goes_from_interrupts_to_the_container()
    {
        VfioDevice device = ByGroup();
        device.EnableIntx();
        device.AllocateDma(4096);
        device.ReleaseRequested += static (_, _) => { };
        _kernel.Log.Clear();
        device.Dispose();
        Assert.Equal(
            [
                "SET_IRQS Intx off", "SET_IRQS Request off", "bus master off", "GET_INFO", "RESET", "UNMAP_DMA", $"close {ScriptedKernel.DeviceNode}",
                "UNSET_CONTAINER", $"close {ScriptedKernel.GroupNode}", $"close {ScriptedKernel.ContainerNode}",
            ],
            _kernel.Log);
    }

    [Fact]
    public void Closing_goes_on_whatever_a_step_answers()
    {
        VfioDevice device = ByNode();
        device.AllocateDma(4096);
        _kernel.Answers["RESET"] = -(int)Errno.EAGAIN;
        _kernel.Answers["IOAS_UNMAP"] = -(int)Errno.ENOENT;
        _kernel.Answers["GET_REGION_INFO 7"] = -(int)Errno.EIO;
        device.Dispose();
        Assert.Empty(_kernel.OpenPaths);
    }

    [Fact]
    public void Closing_goes_on_where_the_program_closed_a_handle_itself()
    {
        foreach (Func<VfioDevice> open in (Func<VfioDevice>[])[ByNode, ByGroup])
        {
            VfioDevice device = open();
            device.AllocateDma(4096);
            device.EnableMsi();
            device.Handle.Dispose();
            device.Dispose();
            Assert.Empty(_kernel.OpenPaths);
        }
    }

    [Fact]
    public async Task Disposing_from_many_threads_closes_once()
    {
        VfioDevice device = ByNode();
        DmaBuffer buffer = device.AllocateDma(4096);
        InterruptSet interrupts = device.EnableMsi();
        using Barrier start = new(8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                (i % 3 == 0 ? device : i % 3 == 1 ? (IDisposable)buffer : interrupts).Dispose();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.Equal(1, _kernel.Log.Count(static call => call == $"close {ScriptedKernel.DeviceNode}"));
        Assert.Equal(1, _kernel.Log.Count(static call => call == "IOAS_UNMAP"));
        Assert.Equal(1, _kernel.Log.Count(static call => call == "SET_IRQS Msi off"));
    }

    [Fact]
    public void A_device_moves_to_a_page_table_of_its_own_address_space_only()
    {
        using VfioDevice device = ByNode();
        using Hwpt own = device.Iommufd!.AllocateHwpt(device.IommufdDeviceId!.Value, device.Ioas!);
        device.Attach(own);
        Assert.Contains($"ATTACH {own.Id}", _kernel.Log);
        Assert.Contains("CHECK_EXTENSION iommufd", _kernel.Log);
        using Ioas other = device.Iommufd.AllocateIoas();
        using Hwpt foreign = device.Iommufd.AllocateHwpt(device.IommufdDeviceId.Value, other);
        Assert.Throws<ArgumentException>(() => device.Attach(foreign));
        using VfioDevice grouped = ByGroup();
        Assert.Throws<InvalidOperationException>(() => grouped.Attach(own));
    }

    [Fact]
    public void Bus_mastering_stays_off_until_a_buffer_or_a_message_needs_it()
    {
        using VfioDevice device = ByNode();
        device.MapDma(0x10000, 4096);
        device.Ioas!.Map(0x20000, 4096);
        using (device.EnableIntx())
        {
            Assert.False(device.BusMaster);
        }

        Assert.DoesNotContain("bus master on", _kernel.Log);
        device.EnableMsix(2).Dispose();
        Assert.True(device.BusMaster);
        device.BusMaster = false;
        using DmaBuffer buffer = device.AllocateDma(1);
        Assert.True(device.BusMaster);
    }

    [Fact]
    public void A_refused_message_interrupt_leaves_bus_mastering_off()
    {
        using VfioDevice device = ByNode();
        _kernel.Answers["SET_IRQS Msi on"] = -(int)Errno.EINVAL;
        Assert.Throws<VfioException>(() => device.EnableMsi());
        Assert.False(device.BusMaster);
        _kernel.Answers.Clear();
        device.EnableMsi();
    }

    [Fact]
    public void A_positive_answer_to_enabling_interrupts_is_a_shortage_not_a_success()
    {
        using VfioDevice device = ByNode();
        _kernel.Answers["SET_IRQS Msi on"] = 2;
        VfioException e = Assert.Throws<VfioException>(() => device.EnableMsi(4));
        Assert.Equal(Errno.ENOSPC, e.Errno);
        Assert.Contains("4 Msi vectors were asked for, 2 can be had", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Handles_left_to_their_owner_stay_open_and_the_device_is_still_handed_back_reset()
    {
        using VfioFileHandle handle = VfioFileHandle.Open(_kernel, ScriptedKernel.DeviceNode, OpenFlags.ReadWrite);
        using IommufdContext iommufd = new(VfioFileHandle.Open(_kernel, ScriptedKernel.IommufdNode, OpenFlags.ReadWrite));
        using Ioas ioas = iommufd.AllocateIoas();
        VfioDevice device = VfioDevice.FromDeviceHandle(handle, iommufd, s_address, boundDeviceId: 9, ioas, leaveDeviceOpen: true, leaveIommufdOpen: true);
        Assert.DoesNotContain("BIND", _kernel.Log);
        Assert.Equal(9u, device.IommufdDeviceId);
        device.Dispose();
        Assert.Contains("RESET", _kernel.Log);
        Assert.Equal(2, _kernel.OpenPaths.Count);
        Assert.DoesNotContain($"DESTROY {ioas.Id}", _kernel.Log);
    }

    [Fact]
    public void A_lack_of_lockable_memory_says_how_much_is_set_and_needed()
    {
        using VfioDevice device = ByNode();
        _kernel.Answers["IOAS_MAP"] = -(int)Errno.ENOMEM;
        VfioException e = Assert.Throws<VfioException>(() => device.AllocateDma(1 << 20));
        Assert.Contains("RLIMIT_MEMLOCK is 64 KiB", e.Message, StringComparison.Ordinal);
        Assert.Contains("1024 KiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_above_the_limit_is_given_back()
    {
        using VfioDevice device = ByNode();
        device.MapDma(0x10000, 1 << 20);
        VfioException e = Assert.Throws<VfioException>(() => device.MapDma(0x10000, 4096, lastIova: 0xffff));
        Assert.Equal(Errno.ENOSPC, e.Errno);
        Assert.Contains("IOAS_UNMAP", _kernel.Log);
    }

    [Fact]
    public void Address_ranges_are_asked_again_with_the_room_the_kernel_names()
    {
        using VfioDevice device = ByNode();
        _kernel.RangeCount = 40;
        IovaRanges ranges = device.GetIovaRanges();
        Assert.Equal(40, ranges.Ranges.Count);
        Assert.Equal(new IovaRange(39UL << 21, (39UL << 21) + 0xfffff), ranges.Ranges[39]);
        Assert.Equal(2, _kernel.Log.Count(static call => call == "IOVA_RANGES"));
    }

    [Fact]
    public void A_container_passes_over_mappings_that_somebody_else_made()
    {
        using VfioDevice device = ByGroup();
        _kernel.Answers["MAP_DMA 0x1000"] = -(int)Errno.EEXIST;
        _kernel.Answers["MAP_DMA 0x2000"] = -(int)Errno.EEXIST;
        Assert.Equal(0x3000u, device.MapDma(0x1000, 4096).Iova);
        Assert.Equal(0x4000u, device.MapDma(0x1000, 4096).Iova);
    }

    private VfioDevice ByNode() => VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);

    private VfioDevice ByGroup() => VfioDevice.OpenByGroup(_kernel, s_address, ScriptedKernel.GroupNode, ScriptedKernel.ContainerNode);
}
