using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Library;

/// <summary>Two functions that share a group, opened one after the other through the same file of it.</summary>
public sealed class SharedGroupTests : IDisposable
{
    private static readonly PciAddress s_edu = PciAddress.Parse("0000:00:01.0");
    private static readonly PciAddress s_other = PciAddress.Parse("0000:00:03.0");

    private readonly Machine _machine;
    private readonly VfioHost _host;
    private readonly VfioGroup _group;
    private readonly VfioContainer _container;

    public SharedGroupTests()
    {
        MachineTopology separate = SoftTopologies.Load("q35-intel-nosnoop");
        _machine = new Machine(separate with
        {
            Functions = [.. separate.Functions.Select(function => function.Address == s_other.ToString() ? function with { Group = 1, Driver = "vfio-pci" } : function)],
        });
        _host = new VfioHost(_machine.Calls);
        _group = VfioGroup.Open(_host, 1);
        _container = VfioContainer.Open(_host);
    }

    private bool IsNonCoherent => _machine.Soft.Kvm.Machines.Single().HasNonCoherentDma;

    public void Dispose()
    {
        _group.Dispose();
        _container.Dispose();
        Assert.Empty(_machine.Calls.FindLeaks());
        _machine.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_virtual_machine_knows_the_group_until_the_last_device_of_it_is_disposed(bool firstGoesFirst)
    {
        using KvmMachine machine = KvmMachine.Create(_host);
        using KvmVfioDevice kvm = KvmVfioDevice.Create(machine);
        VfioDevice first = Open(s_edu, kvm);
        VfioDevice second = Open(s_other, kvm);
        Assert.True(IsNonCoherent);

        (firstGoesFirst ? first : second).Dispose();
        Assert.True(IsNonCoherent);
        (firstGoesFirst ? second : first).Dispose();
        Assert.False(IsNonCoherent);
        kvm.Add(_group.Handle);
        kvm.Remove(_group.Handle);
    }

    [Fact]
    public void A_group_the_program_added_is_the_programs_to_remove()
    {
        using KvmMachine machine = KvmMachine.Create(_host);
        using KvmVfioDevice kvm = KvmVfioDevice.Create(machine);
        kvm.Add(_group.Handle);
        Open(s_edu, kvm).Dispose();
        Assert.True(IsNonCoherent);
        kvm.Remove(_group.Handle);

        VfioDevice early = Open(s_edu, kvm);
        kvm.Remove(_group.Handle);
        kvm.Add(_group.Handle);
        early.Dispose();
        Assert.True(IsNonCoherent);
    }

    [Fact]
    public void A_group_that_could_not_be_used_is_left_as_it_was_given()
    {
        PciAddress stranger = PciAddress.Parse("0000:00:1f.0");
        using KvmMachine machine = KvmMachine.Create(_host);
        using KvmVfioDevice kvm = KvmVfioDevice.Create(machine);
        Assert.Equal(Errno.ENODEV, Assert.Throws<VfioException>(() => Open(stranger, kvm)).Errno);
        Assert.False(_group.GetStatus().HasFlag(GroupStatus.InContainer));
        Assert.Equal(Errno.EINVAL, Assert.Throws<VfioException>(_container.GetInfo).Errno);
        Assert.False(IsNonCoherent);

        // Whoever put it in a container keeps it there.
        _group.SetContainer(_container.Handle);
        Assert.Throws<VfioException>(() => Open(stranger, kvm));
        Assert.True(_group.GetStatus().HasFlag(GroupStatus.InContainer));
        Open(s_edu, kvm).Dispose();
    }

    private VfioDevice Open(PciAddress address, KvmVfioDevice kvm)
        => VfioDevice.FromGroup(_group, _container, address, leaveGroupOpen: true, leaveContainerOpen: true, new OpenOptions { Kvm = kvm });
}
