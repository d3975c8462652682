using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Callers whose memory is more than a call should ever touch, or does something while it is touched.</summary>
public sealed class HostileMemoryTests
{
    [Fact]
    public void The_largest_buffer_of_GET_HW_INFO_is_cleared_once()
    {
        IommufdClient client = new(testing: true);
        (_, _, uint device) = client.MockDomain(client.AllocIoas());
        WatchedMemory memory = new();
        ulong next = 0x1_0000_0000;
        memory.Written = (address, length) =>
        {
            Assert.Equal(next, address);
            next += (ulong)length;
            return Errno.None;
        };
        client.Task = new KernelTask(1, memory, client.Files, Credentials.Root);
        IommuHwInfo info = new() { Size = 40, DevId = device, DataLen = uint.MaxValue, DataUptr = next };
        Assert.Equal(0, client.Call(IommufdUapi.IOMMU_GET_HW_INFO, ref info));
        Assert.Equal(0x1_ffff_fffful, next);
    }

    [Fact]
    public void Pages_of_a_vIOMMU_that_is_still_being_made_cannot_be_mapped()
    {
        IommufdClient client = new(testing: true, host: Machine.Host);
        uint ioas = client.AllocIoas();
        (_, _, uint device) = client.MockDomain(ioas);
        Assert.Equal(0, client.AllocHwpt(new IommuHwptAlloc { DevId = device, PtId = ioas, Flags = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT }, out uint parent));
        WatchedMemory memory = new();
        int mapped = 1;
        memory.Written = (_, _) =>
        {
            mapped = client.File.Mmap(client.Task, 8192, MmapProtection.Read, MmapFlags.Shared, 4096);
            return Errno.EFAULT;
        };
        client.Task = new KernelTask(1, memory, client.Files, Credentials.Root);
        IommuViommuAlloc alloc = new() { Size = 40, Type = IOMMU_VIOMMU_TYPE_SELFTEST, DevId = device, HwptId = parent, DataLen = 24, DataUptr = 0x1000 };
        Assert.Equal(-(int)Errno.EFAULT, client.Call(IommufdUapi.IOMMU_VIOMMU_ALLOC, ref alloc));
        Assert.Equal(-(int)Errno.ENXIO, mapped);
        client.File.Put();
    }

    private sealed class WatchedMemory : UserMemory
    {
        public Func<ulong, int, Errno> Written { get; set; } = static (_, _) => Errno.None;

        public override Errno CopyIn(ulong address, Span<byte> destination)
        {
            destination.Clear();
            return Errno.None;
        }

        public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source) => Written(address, source.Length);

        public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
        {
            backing = null;
            offset = 0;
            return Errno.EFAULT;
        }
    }
}
