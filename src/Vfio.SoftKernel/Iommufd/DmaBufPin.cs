using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// The import of a dma-buf that areas map parts of. Its exporter may take the memory back at any moment: then it is out of every page table, for good. Linux:
/// iopt_pages.dmabuf, drivers/iommu/iommufd/pages.c iopt_map_dmabuf and iopt_revoke_notify.
/// </summary>
/// <remarks>The lock is a leaf but for I/O page tables, taken inside the dma-buf's. The IOAS that loads an area has its own and its pages' outside.</remarks>
internal sealed class DmaBufPin : IDmaBufImporter
{
    private readonly Lock _lock = new();
    private readonly HashSet<(IoasArea Area, IommuDomain Domain)> _loaded = [];
    private readonly DmaBufFile _file;
    private DmaBacking? _memory;
    private ulong _offset;
    private bool _revoked;

    private DmaBufPin(DmaBufFile file) => _file = file;

    /// <summary>iopt_map_dmabuf: ENODEV while the memory is taken back. Takes over a reference on the file when it succeeds.</summary>
    public static Errno Create(DmaBufFile file, out DmaBufPin? pin)
    {
        pin = new DmaBufPin(file);
        Errno error = file.Import(pin, out DmaBacking? memory, out ulong offset);
        if (error != Errno.None)
        {
            pin = null;
            return error;
        }

        pin._memory = memory;
        pin._offset = offset;
        return Errno.None;
    }

    /// <summary>Puts an area into a page table; nothing, when the memory was taken back. It is remembered either way.</summary>
    /// <param name="area">The area.</param>
    /// <param name="domain">The page table.</param>
    /// <param name="start">Where the area's pages begin in the dma-buf.</param>
    public void Load(IoasArea area, IommuDomain domain, ulong start)
    {
        lock (_lock)
        {
            _loaded.Add((area, domain));
            if (!_revoked)
            {
                domain.Map(area.Start, _memory!, _offset + start + area.StartByte, area.Length, area.Access);
            }
        }
    }

    /// <summary>Takes it out again.</summary>
    public void Unload(IoasArea area, IommuDomain domain)
    {
        lock (_lock)
        {
            _loaded.Remove((area, domain));
            if (!_revoked)
            {
                domain.Unmap(area.Start, area.Length);
            }
        }
    }

    /// <inheritdoc/>
    public void Invalidate()
    {
        lock (_lock)
        {
            if (_revoked)
            {
                return;
            }

            foreach ((IoasArea area, IommuDomain domain) in _loaded)
            {
                domain.Unmap(area.Start, area.Length);
            }

            _revoked = true;
        }
    }

    /// <summary>dma_buf_detach and dma_buf_put.</summary>
    public void Release()
    {
        _file.Forget(this);
        _memory!.Release();
        _file.Put();
    }
}
