using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>IOMMU_IOAS_CHANGE_PROCESS: who takes over pays. Linux: drivers/iommu/iommufd/ioas.c.</summary>
public sealed class ChangeProcessTests
{
    private const ulong Iova = 0x100_0000;

    private readonly MemlockAccounts _accounts = new();
    private readonly IommufdClient _client;

    public ChangeProcessTests()
    {
        _client = new IommufdClient(User(1000, 1 << 20), accounts: _accounts, testing: true);
        _client.Files.Files[5] = new ArrayFile(new ArrayBacking(0x4000));
    }

    [Fact]
    public void With_nothing_mapped_it_succeeds_and_a_reserved_field_is_EOPNOTSUPP()
    {
        Assert.Equal(0, Change());
        IommuIoasChangeProcess command = new() { Size = 8, Reserved = 1 };
        Assert.Equal(-(int)Errno.EOPNOTSUPP, _client.Call(IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS, ref command));
    }

    [Fact]
    public void Memory_of_a_process_cannot_change_hands()
    {
        uint ioas = _client.AllocIoas();
        uint other = _client.AllocIoas();
        ulong iova = Iova;
        Assert.Equal(0, _client.MapFile(ioas, 7, 5, 0, 0x1000, ref iova));
        Assert.Equal(0, _client.MapFixed(other, IommufdClient.Base, 0x1000, Iova));
        Assert.Equal(-(int)Errno.EINVAL, Change());
        Assert.Equal(0, _client.UnmapAll(other));
        Assert.Equal(0, Change());
    }

    [Fact]
    public void What_is_pinned_is_charged_to_the_new_user_and_no_longer_to_the_old()
    {
        Pinned(out uint ioas, out ulong iova);
        Become(2000, 1 << 20);
        Assert.Equal(0x3000ul, Charged(1000));
        Assert.Equal(0, Change());
        Assert.Equal((0ul, 0x3000ul), (Charged(1000), Charged(2000)));

        // The same process again pays nothing again.
        Assert.Equal(0, Change());
        Assert.Equal(0x3000ul, Charged(2000));

        // A copy shares the pages: they are paid for once.
        ulong copy = iova + 0x10000;
        Assert.Equal(0, _client.Copy(ioas, ioas, 7, 0x3000, ref copy, iova));
        Assert.Equal(0, Change());
        Assert.Equal(0, _client.UnmapAll(ioas));
        Assert.Equal(0ul, Charged(2000));
    }

    [Fact]
    public void A_limit_that_does_not_hold_it_is_ENOMEM_and_nothing_has_changed()
    {
        Pinned(out uint ioas, out _);
        Become(2000, 0x2000);
        Assert.Equal(-(int)Errno.ENOMEM, Change());
        Assert.Equal((0x3000ul, 0ul), (Charged(1000), Charged(2000)));
        Assert.Equal(0, _client.UnmapAll(ioas));
        Assert.Equal((0ul, 0ul), (Charged(1000), Charged(2000)));
    }

    [Fact]
    public void The_same_user_in_another_process_must_hold_it_twice_for_a_moment()
    {
        Pinned(out _, out _);
        Become(1000, 0x5000, anotherProcess: true);
        Assert.Equal(-(int)Errno.ENOMEM, Change());
        Become(1000, 0x6000, anotherProcess: true);
        Assert.Equal(0, Change());
        Assert.Equal(0x3000ul, Charged(1000));
    }

    private void Pinned(out uint ioas, out ulong iova)
    {
        ioas = _client.AllocIoas();
        _client.MockDomain(ioas);
        iova = Iova;
        Assert.Equal(0, _client.MapFile(ioas, 7, 5, 0x1000, 0x3000, ref iova));
    }

    private ulong Charged(uint user) => _accounts.OfUser(user).Bytes;

    private void Become(uint user, ulong limit, bool anotherProcess = false)
        => _client.Task = new KernelTask(2, anotherProcess ? new ArrayUserMemory() : _client.Memory, _client.Files, User(user, limit));

    private static Credentials User(uint id, ulong limit) => new(id, false, false, false, limit);

    private int Change()
    {
        IommuIoasChangeProcess command = new() { Size = 8 };
        return _client.Call(IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS, ref command);
    }
}
