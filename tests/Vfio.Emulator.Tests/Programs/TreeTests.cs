namespace Vfio.Emulator.Tests.Programs;

/// <summary>What a program sees under /dev and /sys, and what writing there does.</summary>
public sealed class TreeTests
{
    private const string Edu = "/sys/bus/pci/devices/0000:00:01.0";

    [Fact]
    public void The_machines_functions_are_listed_and_read()
        => Assert.Equal("0x1234\n0x11e8\n", EmulatedRun.OfShell("q35-intel", $"cat {Edu}/vendor {Edu}/device").Output);

    [Fact]
    public void The_hosts_own_devices_and_file_systems_are_there()
        => Assert.Equal("ok\n", EmulatedRun.OfShell("q35-intel", "echo x > /dev/null && test -d /sys/fs/cgroup && test -e /sys/devices/system/cpu/online && echo ok").Output);

    [Fact]
    public void A_driver_is_taken_and_given_by_writes_before_they_return()
    {
        EmulatedRun run = EmulatedRun.OfShell(
            "q35-intel",
            $"echo 0000:00:01.0 > /sys/bus/pci/drivers/vfio-pci/unbind; ls /dev/vfio; echo vfio-pci > {Edu}/driver_override; echo 0000:00:01.0 > /sys/bus/pci/drivers_probe; ls /dev/vfio/devices");
        Assert.Equal("vfio\nvfio0\n", run.Output);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public void An_override_of_eight_bytes_is_one_whatever_stood_there()
    {
        // dpdk-devbind.py writes it so: without a newline.
        EmulatedRun run = EmulatedRun.OfShell(
            "q35-intel",
            "cd /sys/bus/pci/devices/0000:00:02.0; echo 0000:00:02.0 > driver/unbind; echo something-longer > driver_override; printf vfio-pci 1<> driver_override; cat driver_override; "
            + "printf vfio-pci > driver_override; echo 0000:00:02.0 > /sys/bus/pci/drivers_probe; cat driver_override; ls /dev/vfio/devices");
        Assert.Equal("", run.Errors);
        Assert.Equal("vfio-pci\nvfio-pci\nvfio0\nvfio1\n", run.Output);
    }

    [Fact]
    public void A_descriptor_that_was_opened_to_read_writes_nothing()
    {
        EmulatedRun run = EmulatedRun.OfShell("q35-intel", $"echo 1 1< {Edu}/uevent || echo refused; test -e {Edu} && echo there");
        Assert.Equal("refused\nthere\n", run.Output);
    }

    [Fact]
    public void A_write_that_the_kernel_refuses_fails_with_its_errno()
    {
        EmulatedRun run = EmulatedRun.Of("q35-intel", "dd", "if=/dev/zero", "of=/sys/bus/pci/drivers_probe", "bs=13", "count=1", "status=none", "conv=notrunc");
        Assert.NotEqual(0, run.Status);
        Assert.Contains("No such device", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_space_is_not_cut_off()
    {
        EmulatedRun run = EmulatedRun.OfShell("q35-intel", $"cd {Edu} && cat config > /dev/null; cat config | wc -c; : > config; cat config | wc -c; wc -c < config");
        Assert.Equal("", run.Errors);
        Assert.Equal("256\n256\n256\n", run.Output);
    }

    [Fact]
    public void A_file_copied_into_a_control_file_is_written_there()
    {
        // coreutils' cat tries copy_file_range first.
        EmulatedRun run = EmulatedRun.OfShell(
            "q35-intel", "t=$(mktemp) && echo 0000:00:01.0 > $t && cat $t > /sys/bus/pci/drivers/vfio-pci/unbind; rm $t; test -e /dev/vfio/devices/vfio0 || echo gone");
        Assert.Equal("gone\n", run.Output);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public void What_a_program_puts_in_the_way_leads_nowhere_and_holds_nobody_up()
    {
        const string GiveAndTake = $"echo 0000:00:01.0 > /sys/bus/pci/drivers/vfio-pci/unbind; echo vfio-pci > {Edu}/driver_override; echo 0000:00:01.0 > /sys/bus/pci/drivers_probe";
        EmulatedRun run = EmulatedRun.OfShell(
            "q35-intel",
            $"d=$(mktemp -d) && mv /dev/vfio /dev/moved && ln -s $d /dev/vfio && {GiveAndTake}; ls -A $d; rmdir $d; rm {Edu}/vendor {Edu}/rescan; mkfifo {Edu}/vendor {Edu}/rescan; {GiveAndTake}; echo over");
        Assert.Equal("over\n", run.Output);
    }
}
