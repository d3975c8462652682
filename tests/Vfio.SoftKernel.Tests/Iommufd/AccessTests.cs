using Vfio.SoftKernel.Core;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Emulated devices' way to mappings, through the test interface, as measured on Linux 7.2.13.</summary>
public sealed class AccessTests
{
    private const ulong A = IommufdClient.Base;
    private const ulong Iova = 0x100_0000;

    private readonly IommufdClient _client = new(testing: true);
    private readonly TestFileTable _files;

    public AccessTests()
    {
        _files = new TestFileTable(_client.Files);
        _client.Task = new KernelTask(1, _client.Memory, _files, Credentials.Root);
    }

    [Fact]
    public void An_access_takes_an_id_and_keeps_its_ioas()
    {
        uint ioas = _client.AllocIoas();
        int access = Create(ioas, true);
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(ioas));
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(2));
        Assert.Equal(3u, _client.AllocIoas());
        _files.Close(access);
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(2));
        Assert.Equal(0, _client.Destroy(ioas));
    }

    [Theory]
    [InlineData(1, 2, Errno.EOPNOTSUPP)]
    [InlineData(9, 0, Errno.ENOENT)]
    public void An_access_that_cannot_be_made_leaves_nothing(uint ioas, uint flags, Errno expected)
    {
        _client.AllocIoas();
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_CREATE_ACCESS, Id = ioas, CreateAccessFlags = flags };
        Assert.Equal(-(int)expected, _client.Test(ref command));
        Assert.Equal(0, _files.Count);
        Assert.Equal(2u, _client.AllocIoas());
    }

    [Fact]
    public void Pages_an_access_pins_are_locked_and_beyond_the_callers_limit_ENOMEM()
    {
        MemlockAccounts accounts = new();
        IommufdClient client = new(accounts: accounts, testing: true);
        TestFileTable files = new(client.Files);
        client.Task = new KernelTask(1, client.Memory, files, new Credentials(1000, false, false, false, 0x2000));
        MemlockAccount user = accounts.OfUser(1000);
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, A, 0x10000, Iova));
        IommuTestCmd create = new() { Op = IOMMU_TEST_OP_CREATE_ACCESS, Id = ioas, CreateAccessFlags = 1 };
        Assert.Equal(0, client.Test(ref create));
        Assert.Equal(0ul, user.Bytes);

        Assert.Equal(-(int)Errno.ENOMEM, Pin(0, 0x3000));
        Assert.Equal(0ul, user.Bytes);
        Assert.Equal(0, Pin(0, 0x2000));
        Assert.Equal(0x2000ul, user.Bytes);

        // What is pinned already is charged once; a page more is too much.
        Assert.Equal(0, Pin(0x1000, 0x1000));
        Assert.Equal(-(int)Errno.ENOMEM, Pin(0x1000, 0x2000));
        Assert.Equal(-(int)Errno.ENOMEM, Pin(0x8000, 0x1000));
        Assert.Equal(0x2000ul, user.Bytes);
        files.Close(create.CreateAccessOutAccessFd);
        Assert.Equal(0ul, user.Bytes);

        int Pin(ulong at, ulong length)
        {
            IommuTestCmd pin = new()
            {
                Op = IOMMU_TEST_OP_ACCESS_PAGES,
                Id = (uint)create.CreateAccessOutAccessFd,
                AccessPagesIova = Iova + at,
                AccessPagesLength = length,
                AccessPagesUptr = A + at,
            };
            return client.Test(ref pin);
        }
    }

    [Fact]
    public void An_access_that_pins_needs_mappings_of_whole_pages()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 100, Iova));
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_CREATE_ACCESS, Id = ioas, CreateAccessFlags = 1 };
        Assert.Equal(-(int)Errno.EADDRINUSE, _client.Test(ref command));
        Assert.Equal(1ul, Alignment(ioas));

        int copies = Create(ioas, false);
        Assert.Equal(1ul, Alignment(ioas));
        _files.Close(copies);
        _client.UnmapAll(ioas);
        int pins = Create(ioas, true);
        Assert.Equal(4096ul, Alignment(ioas));
        Assert.Equal(-(int)Errno.EINVAL, _client.MapFixed(ioas, A, 100, Iova));
        _files.Close(pins);
        Assert.Equal(1ul, Alignment(ioas));
    }

    [Fact]
    public void Pages_are_pinned_once_for_all_who_share_them()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x4000, Iova));
        Assert.Equal(0, CheckRefs(A, 0x4000, 0));
        int access = Create(ioas, true);
        Assert.Equal(0, Pin(access, Iova + 0x1000, 0x2000, A + 0x1000, 1, out uint first));
        Assert.Equal(0, Pin(access, Iova + 0x1000, 0x2000, A + 0x1000, 1, out uint second));
        Assert.Equal((0u, 1u), (first, second));
        Assert.Equal(0, CheckRefs(A + 0x1000, 0x2000, 1));
        Assert.Equal(0, CheckRefs(A, 0x1000, 0));
        Assert.Equal(-(int)Errno.EIO, CheckRefs(A, 0x2000, 1));

        // Another mapping of the same memory is another pin.
        (uint holder, _, _) = _client.MockDomain(ioas);
        Assert.Equal(0, CheckRefs(A, 0x4000, 1));
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x4000, Iova + 0x10000));
        Assert.Equal(0, CheckRefs(A, 0x4000, 2));

        Assert.Equal(0, Unpin(access, first));
        Assert.Equal(0, Unpin(access, second));
        Assert.Equal(-(int)Errno.ENOENT, Unpin(access, second));
        Assert.Equal(0, _client.Destroy(holder));
        Assert.Equal(0, CheckRefs(A, 0x4000, 0));
    }

    [Fact]
    public void An_access_over_two_mappings_finds_the_memory_of_both()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x1000, Iova));
        Assert.Equal(0, _client.MapFixed(ioas, A + 0x1000, 0x1000, Iova + 0x1000));
        int access = Create(ioas, true);
        Assert.Equal(0, Pin(access, Iova, 0x2000, A, 0, out _));
        Assert.Equal(-(int)Errno.EBADE, Pin(access, Iova, 0x2000, A + 0x1000, 0, out _));
        Assert.Equal(-(int)Errno.EFAULT, Pin(access, Iova, 0x2000, 0x1000, 0, out _));
        Assert.Equal(-(int)Errno.ENOENT, Pin(access, Iova, 0x3000, A, 0, out _));
        Assert.Equal(-(int)Errno.ENOENT, Pin(access, Iova - 0x1000, 0x1000, 0, 0, out _));
        Assert.Equal(-(int)Errno.EINVAL, Pin(access, Iova + 1, 0x1000, 0, 0, out _));
        Assert.Equal(-(int)Errno.EINVAL, Pin(access, Iova, 0, 0, 0, out _));
        Assert.Equal(-(int)Errno.EOVERFLOW, Pin(access, ulong.MaxValue - 0xfff, 0x1001, 0, 0, out _));
        Assert.Equal(-(int)Errno.ENOMEM, Pin(access, Iova, (16 << 20) + 1, 0, 0, out _));
        Assert.Equal(-(int)Errno.EOPNOTSUPP, Pin(access, Iova, 0x1000, 0, 2, out _));
        Assert.Equal(-(int)Errno.EBADFD, Pin(99, Iova, 0x1000, 0, 0, out _));
        Assert.Equal(0, CheckRefs(A, 0x2000, 1));
    }

    [Fact]
    public void An_access_made_to_copy_does_not_pin()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x1000, Iova));
        Assert.Equal(-(int)Errno.EOPNOTSUPP, Pin(Create(ioas, false), Iova, 0x1000, A, 0, out _));
    }

    [Fact]
    public void Permissions_are_the_mappings()
    {
        uint ioas = _client.AllocIoas();
        ulong readOnly = Iova;
        ulong writeOnly = Iova + 0x1000;
        Assert.Equal(0, _client.Map(ioas, 5, A, 0x1000, ref readOnly));
        Assert.Equal(0, _client.Map(ioas, 3, A, 0x1000, ref writeOnly));
        int access = Create(ioas, true);
        Assert.Equal(-(int)Errno.EPERM, Pin(access, Iova, 0x1000, 0, MOCK_FLAGS_ACCESS_WRITE, out _));
        Assert.Equal(0, Pin(access, Iova, 0x1000, 0, 0, out _));
        Assert.Equal(-(int)Errno.EPERM, Pin(access, Iova + 0x1000, 0x1000, 0, 0, out _));
        Assert.Equal(-(int)Errno.EPERM, ReadWrite(access, Iova, 4, A, MOCK_ACCESS_RW_WRITE));
        Assert.Equal(-(int)Errno.EPERM, ReadWrite(access, Iova + 0x1000, 4, A, 0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(MOCK_ACCESS_RW_SLOW_PATH)]
    public void A_copy_goes_over_mappings_byte_by_byte(uint flags)
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A + 0x1ffe, 2, Iova));
        Assert.Equal(0, _client.MapFixed(ioas, A + 0x5001, 0x2000, Iova + 2));
        byte[] sent = [1, 2, 3, 4, 5];
        _client.Memory.CopyOut(A + 0x8000, sent);
        int access = Create(ioas, false);
        Assert.Equal(0, ReadWrite(access, Iova, 5, A + 0x8000, flags | MOCK_ACCESS_RW_WRITE));
        Assert.Equal([1, 2], _client.Region.Backing.Bytes[0x1ffe..0x2000]);
        Assert.Equal([3, 4, 5], _client.Region.Backing.Bytes[0x5001..0x5004]);
        Assert.Equal(0, ReadWrite(access, Iova, 5, A + 0x9000, flags));
        Assert.Equal(sent, _client.Region.Backing.Bytes[0x9000..0x9005]);
        Assert.Equal(-(int)Errno.ENOENT, ReadWrite(access, Iova - 1, 5, A, flags));
        Assert.Equal(-(int)Errno.ENOENT, ReadWrite(access, Iova, 0x2003, A, flags));
        Assert.Equal(-(int)Errno.EINVAL, ReadWrite(access, Iova, 0, A, flags));
        Assert.Equal(-(int)Errno.EOVERFLOW, ReadWrite(access, ulong.MaxValue, 2, A, flags));
        Assert.Equal(-(int)Errno.EFAULT, ReadWrite(access, Iova, 5, 0x1000, flags));
        Assert.Equal(-(int)Errno.EFAULT, ReadWrite(access, Iova, 5, 0x1000, flags | MOCK_ACCESS_RW_WRITE));
        Assert.Equal(-(int)Errno.EOPNOTSUPP, ReadWrite(access, Iova, 5, A, 2));
        Assert.Equal(-(int)Errno.ENOMEM, ReadWrite(access, Iova, (16 << 20) + 1, A, flags));
        Assert.Equal(0, CheckRefs(A + 0x1000, 0x1000, 0));
    }

    [Fact]
    public void An_unmap_makes_the_driver_let_go_first()
    {
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x2000, Iova));
        int access = Create(ioas, true);
        Assert.Equal(0, Pin(access, Iova, 0x1000, A, 0, out uint first));
        Assert.Equal(0, Pin(access, Iova + 0x1000, 0x1000, A + 0x1000, 0, out uint second));
        Assert.Equal(0, _client.UnmapAll(ioas));
        Assert.Equal(-(int)Errno.ENOENT, Unpin(access, first));
        Assert.Equal(-(int)Errno.ENOENT, Unpin(access, second));
        Assert.Equal(0, CheckRefs(A, 0x2000, 0));
    }

    [Fact]
    public void A_replaced_access_has_let_go_of_the_old_and_reads_the_new()
    {
        uint first = _client.AllocIoas();
        uint second = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(first, A, 0x1000, Iova));
        Assert.Equal(0, _client.MapFixed(second, A + 0x1000, 0x1000, Iova));
        int access = Create(first, true);
        Assert.Equal(0, Pin(access, Iova, 0x1000, A, 0, out uint pin));
        Assert.Equal(-(int)Errno.ENOENT, Replace(access, 99));
        Assert.Equal(0, CheckRefs(A, 0x1000, 1));
        Assert.Equal(0, Replace(access, second));
        Assert.Equal(0, CheckRefs(A, 0x1000, 0));
        Assert.Equal(-(int)Errno.ENOENT, Unpin(access, pin));
        Assert.Equal(0, _client.Destroy(first));
        Assert.Equal(0, Pin(access, Iova, 0x1000, A + 0x1000, 0, out _));

        // The one it has already changes nothing: what is pinned stays.
        Assert.Equal(0, Replace(access, second));
        Assert.Equal(0, CheckRefs(A + 0x1000, 0x1000, 1));
    }

    [Fact]
    public void A_dma_buf_is_mapped_within_its_length_and_not_while_revoked()
    {
        uint ioas = _client.AllocIoas();
        (_, uint hwpt, _) = _client.MockDomain(ioas);
        int fd = GetDmaBuf(0x4000);
        ulong iova = Iova;
        Assert.Equal(-(int)Errno.EINVAL, _client.MapFile(ioas, 7, fd, 0, 0, ref iova));
        Assert.Equal(-(int)Errno.EINVAL, _client.MapFile(ioas, 7, fd, 0x4000, 0x4000, ref iova));
        Assert.Equal(-(int)Errno.EINVAL, _client.MapFile(ioas, 7, fd, 0, 0x4001, ref iova));
        Assert.Equal(0, _client.MapFile(ioas, 7, fd, 0x1000, 0x2000, ref iova));
        Assert.NotNull(Domain(hwpt).Find(Iova, out ulong offset));
        Assert.Equal(0x1000ul, offset);

        Assert.Equal(0, Revoke(fd, 1));
        Assert.Null(Domain(hwpt).Find(Iova, out _));
        ulong other = Iova + 0x10000;
        Assert.Equal(-(int)Errno.ENODEV, _client.MapFile(ioas, 7, fd, 0, 0x4000, ref other));

        // Given back, it is for new mappings only.
        Assert.Equal(0, Revoke(fd, 0));
        Assert.Null(Domain(hwpt).Find(Iova, out _));
        Assert.Equal(0, _client.MapFile(ioas, 7, fd, 0, 0x4000, ref other));
        Assert.NotNull(Domain(hwpt).Find(other, out _));
        Assert.Equal(0, _client.UnmapAll(ioas));
        _files.Close(fd);
    }

    [Fact]
    public void A_table_made_after_a_dma_buf_was_revoked_is_made_all_the_same()
    {
        uint ioas = _client.AllocIoas();
        int fd = GetDmaBuf(0x1000);
        ulong iova = Iova;
        Assert.Equal(0, _client.MapFile(ioas, 7, fd, 0, 0x1000, ref iova));
        Assert.Equal(0, Revoke(fd, 1));
        (uint holder, uint hwpt, _) = _client.MockDomain(ioas);
        Assert.Null(Domain(hwpt).Find(Iova, out _));
        Assert.Equal(0, _client.Destroy(holder));
        _files.Close(fd);
        Assert.Equal(0, _client.Destroy(ioas));
    }

    [Fact]
    public void An_emulated_device_reaches_no_dma_buf()
    {
        uint ioas = _client.AllocIoas();
        int fd = GetDmaBuf(0x1000);
        ulong iova = Iova;
        Assert.Equal(0, _client.MapFile(ioas, 7, fd, 0, 0x1000, ref iova));
        int access = Create(ioas, true);
        Assert.Equal(-(int)Errno.EINVAL, Pin(access, Iova, 0x1000, 0, 0, out _));
        Assert.Equal(-(int)Errno.EINVAL, ReadWrite(access, Iova, 4, A, 0));
    }

    [Fact]
    public void Only_the_test_interfaces_dma_bufs_are_revoked_by_it()
    {
        int access = Create(_client.AllocIoas(), true);
        Assert.Equal(-(int)Errno.EINVAL, Revoke(access, 1));
        Assert.Equal(-(int)Errno.EBADF, Revoke(77, 1));
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DMABUF_GET, DmabufGetLength = 0 };
        Assert.Equal(-(int)Errno.EINVAL, _client.Test(ref command));
        command.DmabufGetLength = (4096 * 512) + 1;
        Assert.Equal(-(int)Errno.EINVAL, _client.Test(ref command));
    }

    private Hardware.Iommus.IommuDomain Domain(uint hwpt)
    {
        using Borrowed<SoftKernel.Iommufd.Hwpt> found = _client.File.Objects.Borrow<SoftKernel.Iommufd.Hwpt>(hwpt);
        return found.Value!.Domain;
    }

    private ulong Alignment(uint ioas)
    {
        Assert.Equal(0, _client.Ranges(ioas, 8, 0, out _, out ulong alignment, out _));
        return alignment;
    }

    private int Create(uint ioas, bool pins)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_CREATE_ACCESS, Id = ioas, CreateAccessFlags = pins ? 1u : 0 };
        Assert.Equal(0, _client.Test(ref command));
        return command.CreateAccessOutAccessFd;
    }

    private int Pin(int access, ulong iova, ulong length, ulong address, uint flags, out uint id)
    {
        IommuTestCmd command = new()
        {
            Op = IOMMU_TEST_OP_ACCESS_PAGES,
            Id = (uint)access,
            AccessPagesIova = iova,
            AccessPagesLength = length,
            AccessPagesUptr = address,
            AccessPagesFlags = flags,
        };
        int result = _client.Test(ref command);
        id = command.AccessPagesOutAccessPagesId;
        return result;
    }

    private int Unpin(int access, uint id)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DESTROY_ACCESS_PAGES, Id = (uint)access, DestroyAccessPagesAccessPagesId = id };
        return _client.Test(ref command);
    }

    private int ReadWrite(int access, ulong iova, ulong length, ulong address, uint flags)
    {
        IommuTestCmd command = new()
        {
            Op = IOMMU_TEST_OP_ACCESS_RW,
            Id = (uint)access,
            AccessRwIova = iova,
            AccessRwLength = length,
            AccessRwUptr = address,
            AccessRwFlags = flags,
        };
        return _client.Test(ref command);
    }

    private int Replace(int access, uint ioas)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_ACCESS_REPLACE_IOAS, Id = (uint)access, AccessReplaceIoasIoasId = ioas };
        return _client.Test(ref command);
    }

    private int CheckRefs(ulong address, ulong length, uint refs)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_MD_CHECK_REFS, CheckRefsUptr = address, CheckRefsLength = length, CheckRefsRefs = refs };
        return _client.Test(ref command);
    }

    private int GetDmaBuf(uint length)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DMABUF_GET, DmabufGetLength = length, DmabufGetOpenFlags = 2 };
        int fd = _client.Test(ref command);
        Assert.True(fd > 0);
        return fd;
    }

    private int Revoke(int fd, uint revoked)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DMABUF_REVOKE, DmabufRevokeDmabufFd = fd, DmabufRevokeRevoked = revoked };
        return _client.Test(ref command);
    }
}
