namespace Vfio.Tests;

public sealed class FactsTests
{
    private static DeviceFacts Examine(FakeMachine machine) => machine.Host.Examine(FakeSysfs.Address(FakeSysfs.Edu));

    [Theory]
    [InlineData("f00fca", Coherency.Enforced)]
    [InlineData("f00f4a", Coherency.NotEnforced)]
    public void VTd_tells_coherency_by_bit_7_of_ecap(string ecap, Coherency expected)
    {
        CoherencyVerdict verdict = Examine(FakeSysfs.Intel(ecap)).Coherency;
        Assert.Equal((expected, false), (verdict.Verdict, verdict.Confirmed));
        Assert.Contains($"ecap is {ecap}: bit 7", verdict.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_unknown_and_never_a_guess()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Remove("/sys/devices/virtual/iommu/dmar0/intel-iommu/ecap");
        Assert.Equal(Coherency.Unknown, Examine(machine).Coherency.Verdict);
        machine.Remove("/sys/devices/virtual/iommu/dmar0/intel-iommu");
        Assert.Equal(Coherency.Unknown, Examine(machine).Coherency.Verdict);
        machine.Remove($"/sys/devices/pci0000:00/{FakeSysfs.Edu}/iommu");
        Assert.Equal(Coherency.Unknown, Examine(machine).Coherency.Verdict);
    }

    [Fact]
    public void AMD_enforces_and_virtio_does_not()
    {
        Assert.Equal(Coherency.Enforced, Examine(FakeSysfs.Amd()).Coherency.Verdict);
        Assert.Equal(Coherency.NotEnforced, Examine(FakeSysfs.Virtio(true)).Coherency.Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unsafe_interrupt_parameters_are_read(bool allowed)
    {
        DeviceFacts facts = Examine(FakeSysfs.Virtio(allowed));
        Assert.Equal((MsiIsolation.NotIsolated, allowed, allowed),
            (facts.MsiIsolation, facts.IommufdAllowsUnsafeInterrupts, facts.Type1AllowsUnsafeInterrupts));
    }

    [Fact]
    public void MSI_isolation_shows_in_the_names_of_interrupts_and_is_unknown_without_them()
    {
        FakeMachine machine = FakeSysfs.Intel();
        Assert.Equal(MsiIsolation.Isolated, Examine(machine).MsiIsolation);
        machine.File("/proc/interrupts", "   0:        150  IO-APIC                  2-edge      timer\n");
        Assert.Equal(MsiIsolation.NotIsolated, Examine(machine).MsiIsolation);
        machine.Remove("/proc/interrupts");
        Assert.Equal(MsiIsolation.Unknown, Examine(machine).MsiIsolation);
    }

    [Fact]
    public void Without_interrupt_remapping_MSI_is_not_isolated_and_the_evidence_is_named()
    {
        FakeMachine machine = FakeSysfs.Intel("f00fc2");
        Assert.Contains("bit 3", Examine(machine).MsiIsolationEvidence, StringComparison.Ordinal);

        machine = FakeSysfs.Intel().File("/proc/cmdline", "quiet intel_iommu=on intremap=off\n");
        Assert.Contains("intremap=off", Examine(machine).MsiIsolationEvidence, StringComparison.Ordinal);

        machine = FakeSysfs.Intel().Bytes("/sys/firmware/acpi/tables/DMAR", new byte[48]);
        Assert.Contains("DMAR", Examine(machine).MsiIsolationEvidence, StringComparison.Ordinal);
        Assert.Equal(MsiIsolation.NotIsolated, Examine(machine).MsiIsolation);
    }

    [Fact]
    public void An_IOMMU_switched_off_is_told_apart_from_one_that_is_absent()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Remove("/sys/class/iommu/dmar0");
        machine.Remove($"/sys/devices/pci0000:00/{FakeSysfs.Edu}/iommu_group");
        Assert.Equal(IommuStatus.Unknown, Examine(machine).IommuStatus);

        machine.File("/sys/firmware/acpi/tables/FACP", "").File("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu vmx\n");
        Assert.Equal(IommuStatus.OffInFirmware, Examine(machine).IommuStatus);

        machine.File("/proc/cpuinfo", "processor : 0\nflags\t\t: fpu hypervisor\n");
        Assert.Equal(IommuStatus.Absent, Examine(machine).IommuStatus);

        machine.File("/sys/firmware/acpi/tables/DMAR", "").File("/proc/cmdline", "quiet\n");
        Assert.Equal(IommuStatus.OffInKernel, Examine(machine).IommuStatus);

        machine.File("/proc/cmdline", "quiet intel_iommu=sm_on,off\n");
        Assert.Contains("intel_iommu=sm_on,off", Examine(machine).IommuEvidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_test_IOMMU_is_no_IOMMU_at_work()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Remove("/sys/class/iommu/dmar0");
        Assert.NotEqual(IommuStatus.Active, Examine(machine).IommuStatus);
        Assert.Equal(IommuStatus.Active, Examine(FakeSysfs.Intel()).IommuStatus);
    }

    [Fact]
    public void Memlock_is_the_limit_unless_a_capability_lifts_it()
    {
        FakeMachine machine = FakeSysfs.Intel();
        Assert.Equal(8ul << 20, Examine(machine).MemlockLimit);
        machine.File("/proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
        Assert.Equal(8ul << 20, Examine(machine).MemlockLimit);
        machine.File("/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n");
        Assert.Null(Examine(machine).MemlockLimit);
        machine.Remove("/proc/self/status");
        machine.MemlockLimit = ulong.MaxValue;
        Assert.Null(Examine(machine).MemlockLimit);
    }
}
