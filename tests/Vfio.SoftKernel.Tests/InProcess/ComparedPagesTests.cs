using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>The test calls that compare pages ask the host once what is mapped, however many pages there are.</summary>
public sealed class ComparedPagesTests : IDisposable
{
    private const int Pages = 64;
    private readonly CountingHost _host = new(Machine.Host);
    private readonly Machine _machine;
    private readonly int _iommufd;

    public ComparedPagesTests()
    {
        _machine = new Machine(SoftTopologies.Load("selftest"), _host);
        _iommufd = _machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
    }

    public void Dispose()
    {
        _machine.Calls.Close(_iommufd);
        _machine.Dispose();
    }

    [Fact]
    public void One_look_serves_a_whole_call()
    {
        nint memory = _machine.Calls.Mmap(Pages * 4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        IommuIoasAlloc ioas = new() { Size = 12 };
        Call(IommufdUapi.IOMMU_IOAS_ALLOC, ref ioas);
        IommuTestCmd mock = new() { Size = 72, Op = IOMMU_TEST_OP_MOCK_DOMAIN, Id = ioas.OutIoasId };
        Call(IOMMU_TEST_CMD, ref mock);
        IommuIoasMap map = new() { Size = 40, Flags = 7, IoasId = ioas.OutIoasId, UserVa = (ulong)memory, Length = Pages * 4096, Iova = 0x100_0000 };
        Call(IommufdUapi.IOMMU_IOAS_MAP, ref map);

        IommuTestCmd same = new()
        {
            Size = 72,
            Op = IOMMU_TEST_OP_MD_CHECK_MAP,
            Id = mock.MockDomainOutHwptId,
            CheckMapIova = map.Iova,
            CheckMapLength = Pages * 4096,
            CheckMapUptr = (ulong)memory,
        };
        int before = _host.Opens;
        Call(IOMMU_TEST_CMD, ref same);
        Assert.Equal(1, _host.Opens - before);

        IommuTestCmd counted = new() { Size = 72, Op = IOMMU_TEST_OP_MD_CHECK_REFS, CheckRefsLength = Pages * 4096, CheckRefsUptr = (ulong)memory, CheckRefsRefs = 1 };
        before = _host.Opens;
        Call(IOMMU_TEST_CMD, ref counted);
        Assert.Equal(1, _host.Opens - before);
        _machine.Calls.Munmap(memory, Pages * 4096);
    }

    private void Call<T>(uint request, ref T argument)
        where T : unmanaged => Assert.Equal(0, _machine.Calls.Ioctl(_iommufd, request, StructBytes.AsBytes(ref argument)));
}
