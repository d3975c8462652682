using System.Buffers.Binary;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class DeviceCallTests
{
    private static readonly PciAddress s_address = PciAddress.Parse("0000:00:01.0");
    private static readonly Guid s_token = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private readonly ScriptedKernel _kernel = new();

    [Fact]
    public void By_node_a_virtual_machine_hears_of_the_file_before_it_is_bound_and_until_it_is_reset()
    {
        using KvmVfioDevice kvm = Kvm();
        VfioDevice device = VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode, new OpenOptions { Kvm = kvm });
        Assert.Equal([$"open {ScriptedKernel.DeviceNode}", $"KVM add {ScriptedKernel.DeviceNode}", $"open {ScriptedKernel.IommufdNode}", "BIND"], _kernel.Log[..4]);
        _kernel.Log.Clear();
        device.Dispose();
        int removed = _kernel.Log.IndexOf($"KVM remove {ScriptedKernel.DeviceNode}");
        Assert.True(_kernel.Log.IndexOf("RESET") < removed, string.Join('\n', _kernel.Log));
        Assert.True(removed < _kernel.Log.IndexOf($"close {ScriptedKernel.DeviceNode}"), string.Join('\n', _kernel.Log));
    }

    [Fact]
    public void By_group_a_virtual_machine_hears_of_the_group_before_its_device_is_opened()
    {
        using KvmVfioDevice kvm = Kvm();
        using VfioDevice device = VfioDevice.OpenByGroup(_kernel, s_address, ScriptedKernel.GroupNode, ScriptedKernel.ContainerNode, new OpenOptions { Kvm = kvm });
        Assert.Equal($"KVM add {ScriptedKernel.GroupNode}", _kernel.Log[1]);
        Assert.Equal("GET_DEVICE_FD", _kernel.Log[^1]);
        Assert.Equal(7, device.Group!.Id);
    }

    [Theory]
    [InlineData("BIND")]
    [InlineData("ATTACH 2")]
    public void A_failed_opening_takes_the_file_back_from_the_virtual_machine(string step)
    {
        using KvmVfioDevice kvm = Kvm();
        _kernel.Answers[step] = -(int)Errno.EPERM;
        Assert.Throws<VfioException>(() => VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode, new OpenOptions { Kvm = kvm }));
        Assert.True(_kernel.Log.IndexOf($"KVM remove {ScriptedKernel.DeviceNode}") < _kernel.Log.IndexOf($"close {ScriptedKernel.DeviceNode}"));
        Assert.Contains($"KVM remove {ScriptedKernel.DeviceNode}", _kernel.Log);
    }

    [Fact]
    public void A_file_that_somebody_else_added_is_theirs_to_remove()
    {
        using KvmVfioDevice kvm = Kvm();
        _kernel.Answers[$"KVM add {ScriptedKernel.DeviceNode}"] = -(int)Errno.EEXIST;
        VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode, new OpenOptions { Kvm = kvm }).Dispose();
        Assert.DoesNotContain($"KVM remove {ScriptedKernel.DeviceNode}", _kernel.Log);
    }

    [Fact]
    public void By_node_a_token_is_sixteen_bytes_in_the_order_of_its_text()
    {
        byte[]? uuid = null;
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request == VfioUapi.VFIO_DEVICE_BIND_IOMMUFD)
            {
                StructBytes.TryRead(argument, out VfioDeviceBindIommufd bind);
                Assert.Equal((24u, VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN), (bind.Argsz, bind.Flags));
                uuid = CallRecorder.At(bind.TokenUuidPtr, 16);
            }

            return null;
        };
        using VfioDevice device = VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode, new OpenOptions { VfToken = s_token });
        Assert.Equal(Convert.FromHexString("00112233445566778899aabbccddeeff"), uuid);
    }

    [Fact]
    public void By_group_a_token_follows_the_name()
    {
        string? name = null;
        _kernel.OnIoctl = (_, request, argument) =>
        {
            name = request == VfioUapi.VFIO_GROUP_GET_DEVICE_FD ? Encoding.ASCII.GetString(argument) : name;
            return null;
        };
        using VfioDevice device = VfioDevice.OpenByGroup(_kernel, s_address, ScriptedKernel.GroupNode, ScriptedKernel.ContainerNode, new OpenOptions { VfToken = s_token });
        Assert.Equal("0000:00:01.0 vf_token=00112233-4455-6677-8899-aabbccddeeff\0", name);
    }

    [Fact]
    public void Detaching_and_pasids_use_the_longest_struct_they_need()
    {
        using VfioDevice device = ByNode();
        using Hwpt table = device.Iommufd!.AllocateHwpt(device.IommufdDeviceId!.Value, device.Ioas!, HwptOptions.Pasid);
        List<string> seen = [];
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request is VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT or VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT)
            {
                seen.Add($"{request & 0xff:x} {Convert.ToHexString(argument)}");
                return 0;
            }

            return null;
        };
        device.AttachPasid(5, table);
        device.DetachPasid(5);
        device.Detach();
        using IommufdContext other = new(new VfioFileHandle(_kernel, _kernel.NewFile("other"), "other"));
        using Hwpt foreign = other.AllocateHwpt(1, other.GetIoas(1), HwptOptions.Pasid);
        Assert.Throws<ArgumentException>(() => device.AttachPasid(5, foreign));
        Assert.Equal(["77 10000000010000000300000005000000", "78 0C0000000100000005000000", "78 080000000000000000000000"], seen);
    }

    [Fact]
    public void A_device_moved_to_another_space_maps_there()
    {
        using VfioDevice device = ByNode();
        using Ioas other = device.Iommufd!.AllocateIoas();
        device.Attach(other);
        Assert.Contains($"ATTACH {other.Id}", _kernel.Log);
        uint? mapped = null;
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request == IommufdUapi.IOMMU_IOAS_MAP)
            {
                StructBytes.TryRead(argument, out IommuIoasMap map);
                mapped = map.IoasId;
            }

            return null;
        };
        using DmaBuffer buffer = device.AllocateDma(4096);
        Assert.Equal(other.Id, mapped);
        Assert.Throws<ArgumentException>(() => device.Attach(new IommufdContext(new VfioFileHandle(_kernel, _kernel.NewFile("other"), "other")).GetIoas(1)));
    }

    [Fact]
    public void By_node_a_hot_reset_shows_no_descriptor_and_is_refused_before_it_is_tried()
    {
        using VfioDevice device = ByNode();
        List<string> resets = [];
        bool owned = true;
        _kernel.OnIoctl = (path, request, argument) => path == ScriptedKernel.DeviceNode
            ? HotReset(request, argument, resets, VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID | (owned ? VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED : 0), [1, owned ? 0 : VfioUapi.VFIO_PCI_DEVID_NOT_OWNED])
            : null;
        HotResetInfo info = device.GetHotResetInfo();
        Assert.True(info.IsOwned);
        Assert.Equal(new HotResetFunction(s_address, null, 1, true), info.Functions[0]);
        Assert.Equal(new HotResetFunction(PciAddress.Parse("0000:00:01.1"), null, null, true), info.Functions[1]);
        device.HotReset();
        Assert.Equal(["0C0000000000000000000000"], resets);
        owned = false;
        VfioRefusedException refused = Assert.Throws<VfioRefusedException>(() => device.HotReset());
        Assert.Contains("0000:00:01.1", refused.Message, StringComparison.Ordinal);
        Assert.Single(resets);
    }

    [Fact]
    public void By_group_a_hot_reset_shows_each_touched_group_once_and_no_other()
    {
        using VfioDevice device = VfioDevice.OpenByGroup(_kernel, s_address, ScriptedKernel.GroupNode, ScriptedKernel.ContainerNode);
        using VfioGroup nine = new(new VfioFileHandle(_kernel, _kernel.NewFile("nine"), "nine"), id: 9);
        using VfioGroup ten = new(new VfioFileHandle(_kernel, _kernel.NewFile("ten"), "ten"), id: 10);
        List<string> resets = [];
        _kernel.OnIoctl = (path, request, argument) => path == ScriptedKernel.DeviceNode ? HotReset(request, argument, resets, 0, [7, 9, 9]) : null;
        VfioRefusedException refused = Assert.Throws<VfioRefusedException>(() => device.HotReset(ten));
        Assert.Contains("its group, 9", refused.Message, StringComparison.Ordinal);
        Assert.Empty(resets);
        device.HotReset(ten, nine);
        byte[] shown = Convert.FromHexString(Assert.Single(resets));
        Assert.Equal(20, shown.Length);
        Assert.Equal([device.Group!.Handle.Fd, nine.Handle.Fd], [BinaryPrimitives.ReadInt32LittleEndian(shown.AsSpan(12)), BinaryPrimitives.ReadInt32LittleEndian(shown.AsSpan(16))]);
        Assert.Equal(7, device.GetHotResetInfo().Functions[0].GroupId);
    }

    [Fact]
    public void A_feature_that_is_not_there_is_no_failure_to_ask_about()
    {
        using VfioDevice device = ByNode();
        int answer = -(int)Errno.ENOTTY;
        byte[] seen = [];
        _kernel.OnIoctl = (_, request, argument) => Note(request, argument, ref seen, answer);
        Assert.False(device.HasFeature(DeviceFeature.DmaBuf));
        Assert.Equal("080000000B000400", Convert.ToHexString(seen));
        Assert.Null(device.Migration);
        answer = 0;
        Assert.True(device.HasFeature(DeviceFeature.LowPowerEntry));
        device.EnterLowPower();
        Assert.Equal("0800000003000200", Convert.ToHexString(seen));
        device.ExitLowPower();
        Assert.Equal("0800000005000200", Convert.ToHexString(seen));
        device.SetVfToken(s_token);
        Assert.Equal("180000000000020000112233445566778899AABBCCDDEEFF", Convert.ToHexString(seen));
        device.SetCdxBusMaster(true);
        Assert.Equal("0C0000000A00020001000000", Convert.ToHexString(seen));
        device.StopDmaLogging();
        Assert.Equal("0800000007000200", Convert.ToHexString(seen));
    }

    [Fact]
    public void A_wakeup_is_an_eventfd_that_can_be_waited_for()
    {
        using VfioDevice device = ByNode();
        int eventfd = -1;
        _kernel.OnIoctl = (_, request, argument) =>
        {
            eventfd = request == VfioUapi.VFIO_DEVICE_FEATURE ? BinaryPrimitives.ReadInt32LittleEndian(argument[8..]) : eventfd;
            return request == VfioUapi.VFIO_DEVICE_FEATURE ? 0 : null;
        };
        using WakeupSignal signal = device.EnterLowPowerWithWakeup();
        Assert.False(signal.IsSignalled);
        Assert.Equal(8, _kernel.Write(eventfd, [1, 0, 0, 0, 0, 0, 0, 0]));
        Assert.True(signal.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.False(signal.IsSignalled);
    }

    [Fact]
    public void A_dma_buf_is_asked_by_index_and_ranges()
    {
        using VfioDevice device = ByNode();
        byte[] seen = [];
        int fd = _kernel.NewFile("dma-buf");
        _kernel.OnIoctl = (_, request, argument) => Note(request, argument, ref seen, fd);
        using (VfioFileHandle dmaBuf = device.ExportDmaBuf(0, new RegionArea(0x1000, 0x2000)))
        {
            Assert.Equal(fd, dmaBuf.Fd);
        }

        Assert.Equal("280000000B0001000000000002000800000000000100000000100000000000000020000000000000", Convert.ToHexString(seen));
    }

    [Fact]
    public void Dma_logging_gives_its_ranges_by_address_and_takes_the_devices_page_size()
    {
        using VfioDevice device = ByNode();
        string ranges = "";
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request != VfioUapi.VFIO_DEVICE_FEATURE)
            {
                return null;
            }

            StructBytes.TryRead(argument[8..], out VfioDeviceFeatureDmaLoggingControl control);
            ranges = Convert.ToHexString(CallRecorder.At(control.Ranges, (int)control.NumRanges * 16));
            BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], 8192);
            return 0;
        };
        Assert.Equal(8192ul, device.StartDmaLogging(4096, new IovaRange(0x1000, 0x2fff)));
        Assert.Equal("00100000000000000020000000000000", ranges);
        _kernel.OnIoctl = static (_, request, argument) =>
        {
            if (request == VfioUapi.VFIO_DEVICE_FEATURE)
            {
                StructBytes.TryRead(argument[8..], out VfioDeviceFeatureDmaLoggingReport report);
                CallRecorder.Put(report.Bitmap, [4]);
                return 0;
            }

            return null;
        };
        ulong[] bitmap = new ulong[1];
        device.ReadDmaLog(0x1000, 0x8000, 4096, bitmap);
        Assert.Equal(4ul, bitmap[0]);
        Assert.Throws<ArgumentException>(() => device.ReadDmaLog(0, 65 * 4096, 4096, bitmap));
    }

    [Fact]
    public void A_doorbell_is_ended_by_what_it_was_made_of()
    {
        using VfioDevice device = ByNode();
        using VfioFileHandle eventfd = new(_kernel, _kernel.NewFile("eventfd"), "eventfd");
        List<string> seen = [];
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request == VfioUapi.VFIO_DEVICE_IOEVENTFD)
            {
                StructBytes.TryRead(argument, out VfioDeviceIoeventfd call);
                seen.Add($"{call.Flags} {call.Offset:x} {call.Data:x} {(call.Fd == eventfd.Fd ? "eventfd" : call.Fd)}");
                return 0;
            }

            return null;
        };
        Assert.Throws<ArgumentOutOfRangeException>(() => device.AddDoorbell(eventfd, 0, 0x20, 0x1234, 16 + 4));
        Doorbell doorbell = device.AddDoorbell(eventfd, 0, 0x20, 0x1234, 4);
        doorbell.Dispose();
        doorbell.Dispose();
        Assert.Equal(["4 20 1234 eventfd", "4 20 1234 -1"], seen);
    }

    [Fact]
    public void A_migration_state_change_that_begins_a_transfer_gives_its_stream()
    {
        using VfioDevice device = ByNode();
        int data = _kernel.NewFile("state");
        List<uint> states = [];
        _kernel.OnIoctl = (_, request, argument) =>
        {
            if (request != VfioUapi.VFIO_DEVICE_FEATURE)
            {
                return null;
            }

            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(argument[4..]);
            switch (flags & VfioUapi.VFIO_DEVICE_FEATURE_MASK)
            {
                case VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION:
                    BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], VfioUapi.VFIO_MIGRATION_STOP_COPY | VfioUapi.VFIO_MIGRATION_P2P);
                    return 0;
                case VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE when (flags & VfioUapi.VFIO_DEVICE_FEATURE_SET) != 0:
                    uint state = BinaryPrimitives.ReadUInt32LittleEndian(argument[8..]);
                    states.Add(state);
                    BinaryPrimitives.WriteInt32LittleEndian(argument[12..], state == VfioUapi.VFIO_DEVICE_STATE_STOP_COPY ? data : -1);
                    return state == VfioUapi.VFIO_DEVICE_STATE_PRE_COPY ? -(int)Errno.EINVAL : 0;
                case VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
                    BinaryPrimitives.WriteUInt32LittleEndian(argument[8..], VfioUapi.VFIO_DEVICE_STATE_RUNNING);
                    return 0;
                default:
                    BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], 12345);
                    return 0;
            }
        };
        DeviceMigration migration = device.Migration!;
        Assert.Equal(MigrationCapabilities.StopCopy | MigrationCapabilities.P2P, migration.Capabilities);
        Assert.Equal(MigrationState.Running, migration.State);
        Assert.Equal(12345ul, migration.EstimateStopCopyBytes());
        using (MigrationStream stream = migration.Save())
        {
            Assert.Equal(data, stream.Handle.Fd);
            Assert.True(stream.CanRead);
        }

        migration.State = MigrationState.Stop;
        Assert.Equal(Errno.EINVAL, Assert.Throws<VfioException>(() => migration.Save(preCopy: true)).Errno);
        Assert.Throws<VfioException>(migration.Resume);
        Assert.Equal([3u, 1u, 6u, 4u], states);
    }

    private static int? Note(uint request, Span<byte> argument, ref byte[] seen, int answer)
    {
        if (request != VfioUapi.VFIO_DEVICE_FEATURE)
        {
            return null;
        }

        seen = argument.ToArray();
        return answer;
    }

    private static int? HotReset(uint request, Span<byte> argument, List<string> resets, uint flags, uint[] owners)
    {
        if (request == VfioUapi.VFIO_DEVICE_PCI_HOT_RESET)
        {
            resets.Add(Convert.ToHexString(argument));
            return 0;
        }

        if (request != VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO)
        {
            return null;
        }

        CallRecorder.Set(argument, new VfioPciHotResetInfo { Argsz = (uint)argument.Length, Flags = flags, Count = (uint)owners.Length });
        for (int i = 0; i < owners.Length; i++)
        {
            StructBytes.TryWrite(argument[(12 + (i * 8))..], new VfioPciDependentDevice { GroupId = owners[i], Devfn = (byte)(8 + i) });
        }

        return 0;
    }

    private KvmVfioDevice Kvm()
    {
        _kernel.OnIoctl = (path, request, argument) =>
        {
            if (path != "kvm")
            {
                return null;
            }

            StructBytes.TryRead(argument, out KvmDeviceAttr attribute);
            string file = _kernel.PathOfFile(BitConverter.ToInt32(CallRecorder.At(attribute.Addr, 4)));
            return _kernel.Record($"KVM {(attribute.Attr == KvmUapi.KVM_DEV_VFIO_FILE_ADD ? "add" : "remove")} {file}");
        };
        return new KvmVfioDevice(new VfioFileHandle(_kernel, _kernel.NewFile("kvm"), "kvm"));
    }

    private VfioDevice ByNode() => VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
}
