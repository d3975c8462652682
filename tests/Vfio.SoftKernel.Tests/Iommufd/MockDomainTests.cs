using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>IOMMU_TEST_CMD on mock devices, as measured on Linux 7.2.13 with CONFIG_IOMMUFD_TEST.</summary>
public sealed class MockDomainTests
{
    private const ulong Iova = 0x100_0000;

    private readonly IommufdClient _client = new(testing: true);

    [Fact]
    public void Without_the_test_interface_its_numbers_are_VFIOs_and_ENOTTY()
    {
        IommufdClient plain = new();
        IommuTestCmd command = default;
        Assert.Equal(-(int)Errno.ENOTTY, plain.Test(ref command));

        // Not even the size is read.
        Assert.Equal(-(int)Errno.ENOTTY, plain.Call(IOMMU_TEST_CMD, 0UL));
    }

    [Fact]
    public void With_it_the_numbers_between_read_a_size_first()
    {
        for (uint number = 0x3b95; number < 0x3ba0; number++)
        {
            Assert.Equal(-(int)Errno.EFAULT, _client.Call(number, 0UL));
            Assert.Equal(-(int)Errno.ENOTTY, _client.Call(number, IommufdClient.Base));
        }

        Assert.Equal(-(int)Errno.ENOTTY, _client.Call(0x3ba1, 0UL));
    }

    [Theory]
    [InlineData(67, Errno.EINVAL)]
    [InlineData(68, Errno.EOPNOTSUPP)]
    [InlineData(72, Errno.EOPNOTSUPP)]
    public void A_command_reaches_to_the_end_of_its_last_member(uint size, Errno expected)
    {
        IommuTestCmd command = new() { Size = size, Op = 99 };
        Assert.Equal(-(int)expected, _client.Call(IOMMU_TEST_CMD, ref command));
    }

    [Fact]
    public void A_mock_device_takes_three_ids_in_the_kernels_order()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal((2u, 4u, 3u), _client.MockDomain(ioas));
        Assert.Equal((5u, 4u, 6u), _client.MockDomain(ioas));
    }

    [Fact]
    public void A_mock_table_reaches_its_aperture_in_pages_of_2_KiB()
    {
        uint ioas = _client.AllocIoas();
        _client.MockDomain(ioas);
        Assert.Equal(0, _client.Ranges(ioas, 8, 0, out uint count, out ulong alignment, out IommuIovaRange[] ranges));
        Assert.Equal((1u, 2048ul, 0x100_0000ul, 0x7fff_fffful), (count, alignment, ranges[0].Start, ranges[0].Last));
    }

    [Fact]
    public void A_huge_mock_table_has_no_aperture_of_its_own_and_pages_of_4_KiB()
    {
        uint ioas = _client.AllocIoas();
        (_, _, uint device) = _client.MockDomain(ioas);
        uint other = _client.AllocIoas();
        Assert.Equal(0, AllocHwpt(device, other, MOCK_IOMMUPT_HUGE, 8, IOMMU_HWPT_DATA_SELFTEST, 0));
        Assert.Equal(0, _client.Ranges(other, 8, 0, out _, out ulong alignment, out IommuIovaRange[] ranges));
        Assert.Equal((4096ul, 0ul, 0x3f_ffff_fffful), (alignment, ranges[0].Start, ranges[0].Last));
    }

    [Theory]
    [InlineData(2, 8, IOMMU_HWPT_DATA_SELFTEST, 0, Errno.EOPNOTSUPP)]
    [InlineData(0, 3, IOMMU_HWPT_DATA_SELFTEST, 0, Errno.EINVAL)]
    [InlineData(0, 4, IOMMU_HWPT_DATA_SELFTEST, 0, Errno.None)]
    [InlineData(0, 4, 1, 0, Errno.EOPNOTSUPP)]
    [InlineData(0, 0, 0, IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING, Errno.None)]
    [InlineData(0, 0, 0, IommufdUapi.IOMMU_HWPT_ALLOC_PASID, Errno.None)]
    [InlineData(0, 0, 0, 1u << 31, Errno.EOPNOTSUPP)]
    public void A_table_is_of_the_kind_the_data_says(uint kind, uint length, uint type, uint flags, Errno expected)
    {
        uint ioas = _client.AllocIoas();
        (_, _, uint device) = _client.MockDomain(ioas);
        Assert.Equal(-(int)expected, AllocHwpt(device, ioas, kind, length, type, flags));
    }

    [Fact]
    public void A_device_without_dirty_tracking_gets_no_table_with_it_and_refuses_others()
    {
        uint ioas = _client.AllocIoas();
        (_, _, uint able) = _client.MockDomain(ioas);
        (uint holder, _, uint unable) = _client.MockDomain(ioas, MOCK_FLAGS_DEVICE_NO_DIRTY);
        Assert.Equal(-(int)Errno.EOPNOTSUPP, AllocHwpt(unable, ioas, 0, 0, 0, IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING));
        Assert.Equal(0, _client.AllocHwpt(new IommuHwptAlloc { DevId = able, PtId = ioas, Flags = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING }, out uint tracking));
        Assert.Equal(-(int)Errno.EINVAL, Replace(holder, tracking, out _));
    }

    [Fact]
    public void Flags_that_are_not_there_are_EINVAL_and_leave_nothing()
    {
        uint ioas = _client.AllocIoas();
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS, Id = ioas, MockDomainFlagsDevFlags = 2 };
        Assert.Equal(-(int)Errno.EINVAL, _client.Test(ref command));
        command = new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN, Id = 77 };
        Assert.Equal(-(int)Errno.ENOENT, _client.Test(ref command));
        Assert.Equal((2u, 4u, 3u), _client.MockDomain(ioas));
    }

    [Fact]
    public void Destroying_the_selftest_object_takes_device_and_automatic_table_along()
    {
        uint ioas = _client.AllocIoas();
        (uint holder, uint hwpt, uint device) = _client.MockDomain(ioas);
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(ioas));
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(device));
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(hwpt));
        Assert.Equal(0, _client.Destroy(holder));
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(hwpt));
        Assert.Equal(0, _client.Destroy(ioas));
    }

    [Fact]
    public void Closing_the_file_takes_mock_devices_along()
    {
        uint ioas = _client.AllocIoas();
        _client.MockDomain(ioas);
        _client.MapFixed(ioas, IommufdClient.Base, 0x2000, Iova);
        _client.File.Put();
        Assert.True(_client.File.Objects.IsEmpty);
        Assert.Empty(_client.File.Module.Test!.Files);
    }

    [Fact]
    public void Check_map_compares_each_page_with_the_callers_memory()
    {
        uint ioas = _client.AllocIoas();
        (_, uint hwpt, _) = _client.MockDomain(ioas);
        Assert.Equal(0, _client.MapFixed(ioas, IommufdClient.Base + 2048, 0x1800, Iova));
        Assert.Equal(0, CheckMap(hwpt, Iova, 0x1800, IommufdClient.Base + 2048));
        Assert.Equal(-(int)Errno.EINVAL, CheckMap(hwpt, Iova, 0x1800, IommufdClient.Base));
        Assert.Equal(-(int)Errno.EINVAL, CheckMap(hwpt, Iova, 0x2000, IommufdClient.Base + 2048));
        Assert.Equal(-(int)Errno.EINVAL, CheckMap(hwpt, Iova + 1, 2048, IommufdClient.Base));
        Assert.Equal(-(int)Errno.EFAULT, CheckMap(hwpt, Iova, 2048, 0x1000));
        Assert.Equal(-(int)Errno.ENOENT, CheckMap(99, Iova, 2048, IommufdClient.Base));
    }

    [Fact]
    public void Replace_moves_the_device_and_answers_with_the_table()
    {
        uint ioas = _client.AllocIoas();
        (uint holder, uint hwpt, uint device) = _client.MockDomain(ioas);
        uint other = _client.AllocIoas();
        Assert.Equal(0, Replace(holder, other, out uint moved));
        Assert.NotEqual(hwpt, moved);
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(hwpt));
        Assert.Equal(-(int)Errno.EINVAL, Replace(holder, holder, out _));
        Assert.Equal(-(int)Errno.ENOENT, Replace(device, ioas, out _));
        Assert.Equal(-(int)Errno.ENOENT, Replace(holder, 99, out _));
    }

    [Fact]
    public void A_range_added_as_reserved_stays_for_the_life_of_the_ioas()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, AddReserved(ioas, 0x2000, 0x1000));
        Assert.Equal(-(int)Errno.EINVAL, _client.MapFixed(ioas, IommufdClient.Base, 0x1000, 0x2000));
        Assert.Equal(0, _client.MapFixed(ioas, IommufdClient.Base, 0x1000, 0x3000));
        Assert.Equal(-(int)Errno.EADDRINUSE, AddReserved(ioas, 0x3fff, 1));
        Assert.Equal(-(int)Errno.EINVAL, AddReserved(ioas, 0x8000, 0));
        Assert.Equal(-(int)Errno.EOVERFLOW, AddReserved(ioas, ulong.MaxValue, 2));
        Assert.Equal(-(int)Errno.ENOENT, AddReserved(99, 0x8000, 1));
        Assert.Equal(0, _client.Destroy(ioas));
    }

    [Fact]
    public void The_device_cache_starts_as_the_kernels()
    {
        (_, _, uint device) = _client.MockDomain(_client.AllocIoas());
        Assert.Equal(0, CheckCache(device, 3, IOMMU_TEST_DEV_CACHE_DEFAULT));
        Assert.Equal(-(int)Errno.EINVAL, CheckCache(device, 3, 0));
        Assert.Equal(-(int)Errno.EINVAL, CheckCache(device, 4, IOMMU_TEST_DEV_CACHE_DEFAULT));
        Assert.Equal(-(int)Errno.ENOENT, CheckCache(99, 0, 0));
    }

    [Fact]
    public void Hardware_info_is_the_mock_drivers()
    {
        (_, _, uint device) = _client.MockDomain(_client.AllocIoas());
        byte[] data = new byte[8];
        IommuHwInfo info = new() { DevId = device, DataLen = 8 };
        Assert.Equal(0, _client.HwInfo(ref info, data));
        Assert.Equal((IOMMU_HW_INFO_TYPE_SELFTEST, 8u, 9ul), (info.OutDataType, info.DataLen, info.OutCapabilities));
        Assert.Equal(IOMMU_HW_INFO_SELFTEST_REGVAL, BitConverter.ToUInt32(data, 4));
    }

    [Fact]
    public void The_temporary_memory_limit_is_taken_down_to_one_batch()
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT, MemoryLimitLimit = 12 };
        Assert.Equal(0, _client.Test(ref command));
        command.MemoryLimitLimit = 11;
        Assert.Equal(-(int)Errno.EINVAL, _client.Test(ref command));
    }

    private int AllocHwpt(uint device, uint pageTable, uint kind, uint length, uint type, uint flags)
    {
        IommuHwptSelftest data = new() { PagetableType = kind };
        _client.Memory.CopyOut(IommufdClient.Base, StructBytes.AsBytes(ref data));
        return _client.AllocHwpt(
            new IommuHwptAlloc { DevId = device, PtId = pageTable, Flags = flags, DataType = type, DataLen = length, DataUptr = IommufdClient.Base }, out _);
    }

    private int CheckMap(uint hwpt, ulong iova, ulong length, ulong address)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_MD_CHECK_MAP, Id = hwpt, CheckMapIova = iova, CheckMapLength = length, CheckMapUptr = address };
        return _client.Test(ref command);
    }

    private int Replace(uint holder, uint pageTable, out uint used)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, Id = holder, MockDomainReplacePtId = pageTable };
        int result = _client.Test(ref command);
        used = command.MockDomainReplacePtId;
        return result;
    }

    private int AddReserved(uint ioas, ulong start, ulong length)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_ADD_RESERVED, Id = ioas, AddReservedStart = start, AddReservedLength = length };
        return _client.Test(ref command);
    }

    private int CheckCache(uint device, uint entry, uint value)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DEV_CHECK_CACHE, Id = device, CheckDevCacheId = entry, CheckDevCacheCache = value };
        return _client.Test(ref command);
    }
}
