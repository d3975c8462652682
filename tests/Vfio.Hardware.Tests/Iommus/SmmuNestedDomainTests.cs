using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

/// <summary>Requests past a guest's stream table entry.</summary>
public sealed class SmmuNestedDomainTests
{
    private readonly ArrayBacking _memory = new(0x4000);
    private readonly IommuDomain _parent;

    public SmmuNestedDomainTests()
    {
        IommuUnit unit = new() { Name = "smmu3.0", Kind = IommuKind.ArmSmmuV3, PageSizes = 0x1000, ApertureLast = 0xffff_ffff };
        _parent = unit.AllocateDomain();
        _parent.Map(0x1_0000, _memory, 0, 0x4000, DmaAccess.Read | DmaAccess.Write);
    }

    [Fact]
    public void With_bypass_addresses_are_the_second_stages()
    {
        DmaPort port = Port(SmmuNestedDomain.Bypass);
        Assert.True(port.TryWrite(0x1_0ffe, [1, 2, 3, 4]));
        Assert.Equal([1, 2, 3, 4], _memory.Bytes[0xffe..0x1002]);
        Assert.False(port.TryRead(0x2_0000, new byte[1]));
    }

    [Theory]
    [InlineData(SmmuNestedDomain.Abort)]
    [InlineData(SmmuNestedDomain.Translate)]
    public void Otherwise_every_request_faults(uint config)
    {
        DmaPort port = Port(config);
        Assert.False(port.TryRead(0x1_0000, new byte[1]));
        Assert.Equal(1, port.FaultCount);
    }

    private DmaPort Port(uint config) => new() { BusMaster = true, Domain = new SmmuNestedDomain(_parent, config, this) };
}
