using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Ids whose objects went with their device. Linux: iommufd_object_tombstone_user.</summary>
public sealed class ObjectTableTests
{
    private readonly ObjectTable _table = new();

    [Fact]
    public void A_buried_object_leaves_its_id_taken_with_nothing_to_be_found()
    {
        Thing thing = Add();
        thing.AddUser();
        _table.PutAndBury(thing);

        Assert.True(thing.IsDestroyed);
        Assert.False(_table.Borrow<KernelObject>(thing.Id).Found);
        Assert.Equal(Errno.ENOENT, _table.Destroy(thing.Id));
        Assert.False(_table.IsEmpty);
        Assert.False(_table.Any(0, static (_, _) => true));
        Assert.Equal(thing.Id + 1, Add().Id);
    }

    [Fact]
    public void Only_what_is_alive_is_destroyed_with_the_file()
    {
        Thing thing = Add();
        thing.AddUser();
        _table.PutAndBury(thing);
        Thing other = Add();

        _table.DestroyAll();
        Assert.True(other.IsDestroyed);
    }

    [Fact]
    public async Task Burying_waits_for_the_calls_that_run_on_the_object()
    {
        Thing thing = Add();
        thing.AddUser();
        thing.AddUser();
        Task buried = Task.Run(() => _table.PutAndBury(thing), TestContext.Current.CancellationToken);

        Assert.False(thing.IsDestroyed);
        thing.RemoveUser();
        await buried;
        Assert.True(thing.IsDestroyed);
    }

    private Thing Add()
    {
        Thing thing = new();
        _table.Reserve(thing);
        ObjectTable.Publish(thing);
        return thing;
    }

    private sealed class Thing : KernelObject
    {
        public bool IsDestroyed { get; private set; }

        internal override void OnDestroyed()
        {
            Assert.False(IsDestroyed);
            IsDestroyed = true;
        }
    }
}
