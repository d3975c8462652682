using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>What of the hardware can be mapped through the iommufd. Linux: mt_mmap of struct iommufd_ctx, iommufd_fops_mmap, iommufd_viommu_alloc_mmap.</content>
internal sealed partial class IommufdFile
{
    private const ulong PageSize = 4096;

    // Leaf: the pages of vIOMMUs by their place in the file, and the size of the host's file behind them.
    private readonly Lock _mappingsLock = new();
    private readonly SortedList<ulong, (ulong Length, KernelObject Owner)> _mappings = [];
    private ulong _hostSize;

    /// <summary>
    /// _iommufd_alloc_mmap: a place for <paramref name="length"/> bytes of an object's own, beginning with <paramref name="first"/> and zero after it. The lowest
    /// that is free, never the first page of where mappings are. ENOMEM when the host has no memory for it.
    /// </summary>
    public Errno AllocateMapping(KernelObject owner, ulong length, ReadOnlySpan<byte> first, out ulong offset)
    {
        lock (_mappingsLock)
        {
            offset = Module.RegionBase + PageSize;
            foreach ((ulong start, (ulong taken, _)) in _mappings)
            {
                if (start - offset >= length)
                {
                    break;
                }

                offset = start + taken;
            }

            byte[] pages = new byte[length];
            first.CopyTo(pages);
            ulong size = Math.Max(_hostSize, offset + length);
            if (HostDescriptor < 0
                || (size != _hostSize && Module.Host.Ftruncate(HostDescriptor, (long)size) < 0)
                || Module.Host.Pwrite(HostDescriptor, pages, (long)offset) != (nint)length)
            {
                return Errno.ENOMEM;
            }

            _hostSize = size;
            _mappings.Add(offset, (length, owner));
            return Errno.None;
        }
    }

    /// <summary>_iommufd_destroy_mmap.</summary>
    public void FreeMapping(ulong offset)
    {
        lock (_mappingsLock)
        {
            _mappings.Remove(offset);
        }
    }

    /// <summary>iommufd_fops_mmap: exactly what an object offers, no part of it. The mapping is a user of the object.</summary>
    public override int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
    {
        if ((flags & MmapFlags.Shared) == 0)
        {
            return -(int)Errno.EINVAL;
        }

        if ((protection & MmapProtection.Execute) != 0)
        {
            return -(int)Errno.EPERM;
        }

        lock (_mappingsLock)
        {
            // One that is still being made may yet be given up, whoever maps it.
            return _mappings.TryGetValue(offset, out (ulong Length, KernelObject Owner) found) && found.Length == length && found.Owner.IsLive && found.Owner.TryAddUser()
                ? 0
                : -(int)Errno.ENXIO;
        }
    }

    /// <inheritdoc/>
    public override bool CountsMappings => true;

    /// <summary>iommufd_fops_vma_open.</summary>
    public override void MappingOpened(ulong offset) => OwnerOf(offset).AddUser();

    /// <summary>iommufd_fops_vma_close.</summary>
    public override void MappingClosed(ulong offset) => OwnerOf(offset).RemoveUser();

    /// <summary>A live mapping keeps its owner, and the owner its place here.</summary>
    private KernelObject OwnerOf(ulong offset)
    {
        lock (_mappingsLock)
        {
            foreach ((ulong start, (ulong length, KernelObject owner)) in _mappings)
            {
                if (offset >= start && offset - start < length)
                {
                    return owner;
                }
            }
        }

        throw new InvalidOperationException($"Nothing of this iommufd stands at {offset:x}, but it is mapped.");
    }
}
