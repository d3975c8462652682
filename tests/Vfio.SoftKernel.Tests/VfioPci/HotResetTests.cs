using Vfio.SoftKernel.Tests.InProcess;
using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>VFIO_DEVICE_PCI_HOT_RESET, beyond tests/transcripts/vfio/hot-reset.uapi.</summary>
public sealed class HotResetTests : IDisposable
{
    private const int Page = 4096;
    private readonly EduMachine _machine = new(OnOneBus());

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void All_group_descriptors_are_copied_in_before_one_is_looked_at()
    {
        _machine.OpenContainer(out int group);
        int device = _machine.GetDevice(group, _machine.Edu.Address.ToString());
        Assert.True(device >= 0);
        nint memory = _machine.Calls.Mmap(2 * Page, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        nint argument = memory + Page - 16;
        uint[] words = [20, 0, 2, uint.MaxValue];
        for (int i = 0; i < words.Length; i++)
        {
            BitConverter.TryWriteBytes(MappedBytes.At(argument + (i * 4), 4), words[i]);
        }

        Assert.Equal(-(int)Errno.EBADF, _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_PCI_HOT_RESET, (nuint)argument));
        Assert.Equal(0, _machine.Calls.Munmap(memory + Page, Page));
        Assert.Equal(-(int)Errno.EFAULT, _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_PCI_HOT_RESET, (nuint)argument));
        _machine.Calls.Munmap(memory, Page);
    }

    private static MachineTopology OnOneBus()
    {
        MachineTopology intel = SoftTopologies.Load("q35-intel");
        return intel with
        {
            Functions = [.. intel.Functions.Select(static function => function.Address switch
            {
                "0000:00:01.0" => function with { Address = "0000:01:00.0" },
                "0000:00:03.0" => function with { Address = "0000:01:01.0" },
                _ => function,
            })],
        };
    }
}
