namespace Vfio.Emulator.Tests.Programs;

/// <summary>What KVM is told of VFIO's files by a program.</summary>
public sealed class KvmTests
{
    [Fact]
    public void A_machines_VFIO_device_is_told_of_files_and_answers_as_Linux_7_2_does()
    {
        EmulatedRun run = EmulatedRun.Of("q35-amd", CProgram.Build("kvm_vfio"));
        Assert.Equal("", run.Errors);

        // To the letter what eng/guest -m q35-amd printed on Linux 7.2.13.
        Assert.Equal(
            """
            API version: 12
            API version with an argument: EINVAL
            extension device control: 1
            a machine of no type: EINVAL
            a machine: ok
            its extension device control: 1
            could there be a VFIO device: ok
            none was made: -7
            a device of no type: ENODEV
            a device at NULL: EFAULT
            a VFIO device: ok
            a second one: EBUSY
            has it FILE_ADD: ok
            has it FILE_DEL: ok
            has it FILE 4: ENXIO
            has it another group: ENXIO
            has it NULL: EFAULT
            getting an attribute: EPERM
            another call: ENOTTY
            adding at NULL: EFAULT
            adding a closed file: EBADF
            adding /dev/kvm: EINVAL
            adding standard output: EINVAL
            adding an iommufd: EINVAL
            the device's node: ok
            taking away what was not added: ENOENT
            adding the node: ok
            adding it again: EEXIST
            adding a duplicate: EEXIST
            adding another open of it: ok
            taking that away: ok
            binding: ok
            binding the other: EINVAL
            binding the other after a close: EINVAL
            taking away a closed file: EBADF
            a child: a VFIO device: EIO
            a child: adding: EIO
            adding to what is left: ok
            taking away: ok
            binding when KVM has let go: ok
            another machine with a VFIO device: ok
            a group: ok
            adding the group: ok
            adding it again: EEXIST
            taking it away: ok
            taking it away again: ENOENT

            """,
            run.Output);
        Assert.Equal(0, run.Status);
    }
}
