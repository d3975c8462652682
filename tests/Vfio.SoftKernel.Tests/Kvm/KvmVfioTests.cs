using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Kvm;

/// <summary>What KVM answers to VFIO's questions, as kvm_amd of Linux 7.2.13 and 6.12.117 answered them.</summary>
[TestClass(DisableParallelization = true)] // Looks at descriptor numbers, which the next open takes again.
public sealed class KvmVfioTests : IDisposable
{
    private const int Ebadf = -(int)Errno.EBADF;
    private const int Efault = -(int)Errno.EFAULT;
    private const int Einval = -(int)Errno.EINVAL;
    private const int Enoent = -(int)Errno.ENOENT;
    private const int Enotty = -(int)Errno.ENOTTY;
    private const int Enxio = -(int)Errno.ENXIO;
    private const int Eexist = -(int)Errno.EEXIST;
    private const int Ebusy = -(int)Errno.EBUSY;
    private const int Eio = -(int)Errno.EIO;

    // A number just closed may be the runtime's for a moment (/proc/meminfo for a collection, a new thread's name): what is asked of one is asked again.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    private readonly KvmMachine _machine = new();

    private SoftSystemCalls Calls => _machine.Calls;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void The_version_is_12_and_takes_no_argument()
    {
        Assert.Equal(12, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_GET_API_VERSION, 0));
        Assert.Equal(Einval, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_GET_API_VERSION, 1));
    }

    [Fact]
    public void Machines_are_of_the_default_type_only()
    {
        Assert.Equal(Einval, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_CREATE_VM, 1));
        Assert.Equal(Einval, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_CREATE_VM, nuint.MaxValue));
    }

    [Fact]
    public void A_call_that_is_not_there_is_EINVAL_on_the_node_and_ENOTTY_on_machine_and_device()
    {
        Assert.Equal(Einval, Calls.Ioctl(_machine.Kvm, 0xAEFF, 0));
        Assert.Equal(Enotty, Calls.Ioctl(_machine.Vm, 0xAEFF, 0));
        Assert.Equal(Enotty, Calls.Ioctl(_machine.Vm, KvmUapi.KVM_GET_API_VERSION, 0));
        Assert.Equal(Enotty, Calls.Ioctl(_machine.CreateDevice(), 0xAEFF, 0));
    }

    [Fact]
    public void The_capability_to_make_devices_is_there_and_no_processor()
    {
        Assert.Equal(1, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_CHECK_EXTENSION, (nuint)KvmUapi.KVM_CAP_DEVICE_CTRL));
        Assert.Equal(1, Calls.Ioctl(_machine.Vm, KvmUapi.KVM_CHECK_EXTENSION, (nuint)KvmUapi.KVM_CAP_DEVICE_CTRL));
        Assert.Equal(0, Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_CHECK_EXTENSION, nuint.MaxValue));
        Assert.Equal(Einval, Calls.Ioctl(_machine.Vm, 0xAE41, 0));
    }

    [Fact]
    public void Only_the_VFIO_device_can_be_made_and_a_test_makes_none()
    {
        for (uint type = 0; type < 14; type++)
        {
            int expected = type == KvmUapi.KVM_DEV_TYPE_VFIO ? 0 : -(int)Errno.ENODEV;
            Assert.Equal(expected, _machine.CreateDevice(_machine.Vm, out int fd, type, KvmUapi.KVM_CREATE_DEVICE_TEST));
            Assert.Equal(-7, fd);
        }

        Assert.Equal(-(int)Errno.ENODEV, _machine.CreateDevice(_machine.Vm, out _, 1000));
        Assert.Equal(Efault, Calls.Ioctl(_machine.Vm, KvmUapi.KVM_CREATE_DEVICE, 8));
    }

    [Fact]
    public void A_machine_has_one_VFIO_device_until_it_is_closed()
    {
        Assert.Equal(0, _machine.CreateDevice(_machine.Vm, out int fd, flags: 0xfffffffe));
        Assert.Equal(Ebusy, _machine.CreateDevice(_machine.Vm, out int second));
        Assert.Equal(-7, second);
        Assert.Equal(0, _machine.CreateDevice(_machine.Vm, out _, flags: KvmUapi.KVM_CREATE_DEVICE_TEST));
        Calls.Close(fd);
        Assert.Equal(0, _machine.CreateDevice(_machine.Vm, out _));
    }

    [Fact]
    public void A_machine_may_outlive_the_descriptor_whose_number_the_next_one_takes()
    {
        Assert.True(SpinWait.SpinUntil(TakesTheNumberAgain, s_long));

        static bool TakesTheNumberAgain()
        {
            using var machine = new KvmMachine();
            int device = machine.CreateDevice();
            machine.Calls.Close(machine.Vm);
            int next = machine.Calls.Ioctl(machine.Kvm, KvmUapi.KVM_CREATE_VM, 0);
            Assert.Equal(2, machine.Edu.Soft.Kvm.Machines.Count);
            machine.Calls.Close(next);
            machine.Calls.Close(device);
            Assert.Empty(machine.Edu.Soft.Kvm.Machines);
            return next == machine.Vm;
        }
    }

    [Fact]
    public void Attributes_are_checked_argument_first_then_group_then_the_descriptor()
    {
        int device = _machine.CreateDevice();
        Assert.Equal(Efault, Calls.Ioctl(device, KvmUapi.KVM_SET_DEVICE_ATTR, 8));
        Assert.Equal(Efault, Calls.Ioctl(device, KvmUapi.KVM_HAS_DEVICE_ATTR, 8));
        Assert.Equal(-(int)Errno.EPERM, Calls.Ioctl(device, KvmUapi.KVM_GET_DEVICE_ATTR, 8));
        Assert.Equal(Enxio, _machine.Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, 2, 1, 8));
        Assert.Equal(Enxio, _machine.Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, 1, 0, 8));
        Assert.Equal(Enxio, _machine.Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, 1, 3, 8));
        Assert.Equal(Efault, _machine.Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, 1, 1, 8));
        Assert.Equal(Efault, _machine.Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, 1, 2, 8));
    }

    [Theory]
    [InlineData(1, 1UL, 0u, true)]
    [InlineData(1, 2UL, 0u, true)]
    [InlineData(1, 1UL, uint.MaxValue, true)]
    [InlineData(1, 0UL, 0u, false)]
    [InlineData(1, 3UL, 0u, false)]
    [InlineData(1, 0x1_0000_0001UL, 0u, false)]
    [InlineData(0, 1UL, 0u, false)]
    public void It_has_two_attributes_of_one_group(uint group, ulong attribute, uint flags, bool has)
        => Assert.Equal(has ? 0 : Enxio, _machine.Attribute(_machine.CreateDevice(), KvmUapi.KVM_HAS_DEVICE_ATTR, group, attribute, 0, flags));

    [Fact]
    public void Only_groups_and_devices_can_be_added()
    {
        int device = _machine.CreateDevice();
        Assert.Equal(Ebadf, _machine.SetFile(device, KvmMachine.Add, -1));
        Assert.Equal(Ebadf, _machine.SetFile(device, KvmMachine.Add, 9999));
        Assert.Equal(Ebadf, _machine.SetFile(device, KvmMachine.Delete, -1));
        int eventfd = Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(Einval, _machine.SetFile(device, KvmMachine.Add, eventfd));
        Assert.Equal(Enoent, _machine.SetFile(device, KvmMachine.Delete, eventfd));
        foreach (int other in new[] { _machine.Edu.Open("/dev/iommu"), _machine.Edu.Open("/dev/vfio/vfio"), _machine.Vm, device, _machine.Kvm })
        {
            Assert.Equal(Einval, _machine.SetFile(device, KvmMachine.Add, other));
        }
    }

    [Fact]
    public void A_file_is_added_once_whatever_its_descriptor_and_two_files_of_one_device_both()
    {
        int device = _machine.CreateDevice();
        int first = _machine.OpenDevice();
        int copy = Calls.Dup(first);
        int second = _machine.OpenDevice();
        Assert.Equal(Enoent, _machine.SetFile(device, KvmMachine.Delete, first));
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, first));
        Assert.Equal(Eexist, _machine.SetFile(device, KvmMachine.Add, first));
        Assert.Equal(Eexist, _machine.SetFile(device, KvmMachine.Add, copy));
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, second));
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Delete, copy));
        Assert.Equal(Enoent, _machine.SetFile(device, KvmMachine.Delete, first));
    }

    [Fact]
    public void Another_process_than_the_machines_own_gets_EIO()
    {
        var stranger = new KernelTask(2, new ArrayUserMemory(), new ArrayFileTable(), Credentials.Root);
        OpenFile vm = Calls.Task.Files.Get(_machine.Vm)!;
        OpenFile device = Calls.Task.Files.Get(_machine.CreateDevice())!;
        Assert.Equal(Eio, vm.Ioctl(stranger, KvmUapi.KVM_CHECK_EXTENSION, new UserArgument(stranger.Memory, 89)));
        Assert.Equal(Eio, device.Ioctl(stranger, 0xAEFF, new UserArgument(stranger.Memory, 0)));
        vm.Put();
        device.Put();
    }

    [Fact]
    public void An_added_file_stays_open_and_its_device_bound_until_the_KVM_device_is_closed()
    {
        int device = _machine.CreateDevice();
        int file = _machine.OpenDevice();
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, file));
        Assert.Equal(0, _machine.Edu.Bind(file, _machine.Edu.Open("/dev/iommu")));
        Calls.Close(file);
        Assert.Equal(Ebusy, Calls.Open(_machine.Edu.Group, OpenFlags.ReadWrite));
        Assert.True(SpinWait.SpinUntil(() => _machine.SetFile(device, KvmMachine.Delete, file) == Ebadf, s_long));
        Calls.Close(_machine.Vm);
        Assert.Equal(Ebusy, Calls.Open(_machine.Edu.Group, OpenFlags.ReadWrite));
        Calls.Close(device);
        Assert.True(Calls.Open(_machine.Edu.Group, OpenFlags.ReadWrite) >= 0);
    }

    [Fact]
    public void The_device_works_on_when_the_machines_descriptor_is_closed()
    {
        int device = _machine.CreateDevice();
        int file = _machine.OpenDevice();
        Calls.Close(_machine.Vm);
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, file));
        Calls.Close(device);
        Assert.Empty(_machine.Edu.Soft.Kvm.Machines);
    }

    [Fact]
    public void A_bound_device_keeps_its_machine_and_one_added_later_does_not()
    {
        int device = _machine.CreateDevice();
        int file = _machine.OpenDevice();
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, file));
        Assert.Equal(0, _machine.Edu.Bind(file, _machine.Edu.Open("/dev/iommu")));
        Calls.Close(_machine.Vm);
        Calls.Close(device);
        Assert.Equal(1, Assert.Single(_machine.Edu.Soft.Kvm.Machines).Users);
        Calls.Close(file);
        Assert.Empty(_machine.Edu.Soft.Kvm.Machines);

        using var later = new KvmMachine();
        device = later.CreateDevice();
        file = later.Edu.OpenBound();
        Assert.Equal(0, later.SetFile(device, KvmMachine.Add, file));
        later.Calls.Close(later.Vm);
        later.Calls.Close(device);
        Assert.Empty(later.Edu.Soft.Kvm.Machines);
    }

    [Fact]
    public void A_device_opened_from_an_added_group_keeps_the_machine()
    {
        int device = _machine.CreateDevice();
        _machine.Edu.OpenContainer(out int group);
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, group));
        int file = _machine.Edu.GetDevice(group, _machine.Edu.Edu.Address.ToString());
        Assert.True(file >= 0);
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, file));
        Calls.Close(_machine.Vm);
        Calls.Close(device);
        Assert.Single(_machine.Edu.Soft.Kvm.Machines);
        Calls.Close(file);
        Assert.Empty(_machine.Edu.Soft.Kvm.Machines);
    }

    [Fact]
    public void The_same_group_can_be_in_two_machines()
    {
        int vm = Calls.Ioctl(_machine.Kvm, KvmUapi.KVM_CREATE_VM, 0);
        Assert.Equal(0, _machine.CreateDevice(vm, out int other));
        int device = _machine.CreateDevice();
        int group = _machine.Edu.Open(_machine.Edu.Group);
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Add, group));
        Assert.Equal(0, _machine.SetFile(other, KvmMachine.Add, group));
        Assert.Equal(0, _machine.SetFile(device, KvmMachine.Delete, group));
        Assert.Equal(0, _machine.SetFile(other, KvmMachine.Delete, group));
    }

    [Theory]
    [InlineData("q35-intel", false)]
    [InlineData("q35-amd", false)]
    [InlineData("q35-intel-nosnoop", true)]
    [InlineData("q35-virtio", true)]
    public void Adding_a_file_raises_the_edge_where_the_IOMMU_cannot_enforce_coherency(string topology, bool raised)
    {
        using var machine = new KvmMachine(topology);
        int device = machine.CreateDevice();
        int file = machine.OpenDevice();
        Assert.False(machine.HasNonCoherentDma);
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Add, file));
        Assert.Equal(raised, machine.HasNonCoherentDma);
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Delete, file));
        Assert.False(machine.HasNonCoherentDma);
    }

    [Fact]
    public void The_edge_falls_with_the_last_non_coherent_file_and_debugfs_shows_it()
    {
        using var machine = new KvmMachine("q35-intel-nosnoop");
        int device = machine.CreateDevice();
        int first = machine.OpenDevice();
        int second = machine.OpenDevice();
        int shown = machine.Calls.Open($"/sys/kernel/debug/kvm/{Environment.ProcessId}-{machine.Vm}/noncoherent_dma", OpenFlags.ReadOnly);
        char Show()
        {
            byte[] text = new byte[2];
            Assert.Equal(2, machine.Calls.Pread(shown, text, 0));
            return (char)text[0];
        }

        Assert.Equal('0', Show());
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Add, first));
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Add, second));
        Assert.Equal('1', Show());
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Delete, first));
        Assert.Equal('1', Show());
        machine.Calls.Close(device);
        Assert.Equal('0', Show());
    }

    [Fact]
    public void The_files_device_counts_and_not_what_it_is_attached_to()
    {
        using var machine = new KvmMachine("q35-intel-nosnoop");
        int device = machine.CreateDevice();
        int group = machine.Edu.Open(machine.Edu.Group);
        Assert.Equal(0, machine.SetFile(device, KvmMachine.Add, group));
        Assert.True(machine.HasNonCoherentDma);
        machine.Calls.Close(group);
        Assert.True(machine.HasNonCoherentDma);
        machine.Calls.Close(device);
        Assert.False(machine.HasNonCoherentDma);
    }
}
