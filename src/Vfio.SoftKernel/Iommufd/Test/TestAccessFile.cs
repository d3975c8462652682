using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>
/// A descriptor that holds an access: an emulated device without a device. Linux: struct selftest_access, drivers/iommu/iommufd/selftest.c.
/// </summary>
/// <remarks>
/// <see cref="_lock"/> is held around a pin, so that an unmap that follows at once finds it in the list. The access's own lock is taken inside it.
/// </remarks>
/// <param name="host">The system calls of the process we live in.</param>
/// <param name="needsPinnedPages">It will pin pages.</param>
internal sealed class TestAccessFile(ISystemCalls host, bool needsPinnedPages) : OpenFile, IAccessUser
{
    private readonly Lock _lock = new();
    private readonly List<(uint Id, ulong Iova, ulong Length)> _pins = [];
    private readonly HostMemfd _host = new(host, "[iommufd_test_staccess]");
    private uint _nextId;

    /// <summary>The access; null until CREATE_ACCESS has succeeded.</summary>
    public IoasAccess? Access { get; set; }

    /// <inheritdoc/>
    public bool NeedsPinnedPages { get; } = needsPinnedPages;

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override FileStatus Status => new() { Mode = 0x180 };

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <inheritdoc/>
    public void Unmap(ulong iova, ulong length)
    {
        ulong last = unchecked(iova + length - 1);
        lock (_lock)
        {
            for (int i = _pins.Count - 1; i >= 0; i--)
            {
                (_, ulong first, ulong pinned) = _pins[i];
                if (iova <= first + pinned - 1 && last >= first)
                {
                    _pins.RemoveAt(i);
                    Access!.UnpinPages(first, pinned);
                }
            }
        }
    }

    /// <summary>iommufd_test_access_pages, from the lock on: pins, and lets <paramref name="check"/> look at what was found.</summary>
    public Errno Pin(ulong iova, ulong length, bool write, out uint id, Func<List<MemoryPiece>, Errno> check)
    {
        List<MemoryPiece> found = [];
        id = 0;
        lock (_lock)
        {
            Errno error = Access!.PinPages(iova, length, write, found);
            if (error != Errno.None)
            {
                return error;
            }

            error = check(found);
            if (error != Errno.None)
            {
                Access.UnpinPages(iova, length);
                return error;
            }

            id = _nextId++;
            _pins.Add((id, iova, length));
            return Errno.None;
        }
    }

    /// <summary>iommufd_test_access_item_destroy.</summary>
    public Errno Unpin(uint id)
    {
        lock (_lock)
        {
            int at = _pins.FindIndex(pin => pin.Id == id);
            if (at < 0)
            {
                return Errno.ENOENT;
            }

            (_, ulong iova, ulong length) = _pins[at];
            _pins.RemoveAt(at);
            Access!.UnpinPages(iova, length);
            return Errno.None;
        }
    }

    /// <summary>iommufd_test_staccess_release.</summary>
    protected override void Release()
    {
        if (Access is { } access)
        {
            Unmap(0, ulong.MaxValue);
            access.Destroy();
        }

        _host.Close();
    }
}
