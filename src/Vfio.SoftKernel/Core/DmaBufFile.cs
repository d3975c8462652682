using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// Memory of a device as a file that others import: <c>IFileTable.Get</c> finds it behind a descriptor. Its exporter takes the memory back and
/// gives it again as the device's state wants. Linux: struct dma_buf, drivers/dma-buf/dma-buf.c.
/// </summary>
/// <remarks>
/// Its lock (dma_resv) is taken inside the exporter's and outside the importers': IoasPages, I/O page tables. An importer calls
/// <see cref="Import"/> with none of those held.
/// </remarks>
/// <param name="host">The system calls of the process we live in.</param>
/// <param name="length">Bytes in it.</param>
/// <param name="memory">The memory, with a reference of this file's; null where it is not one range, which iommufd cannot take.</param>
/// <param name="offset">Where its first byte stands in <paramref name="memory"/>.</param>
/// <param name="revoked">It starts taken back.</param>
internal sealed class DmaBufFile(ISystemCalls host, ulong length, DmaBacking? memory, ulong offset, bool revoked) : OpenFile
{
    private readonly Lock _lock = new();
    private readonly List<IDmaBufImporter> _importers = [];
    private readonly HostMemfd _host = new(host, "dmabuf");
    private bool _revoked = revoked;

    /// <summary>Bytes in it.</summary>
    public ulong Length { get; } = length;

    /// <summary>dma_buf.ops: who exported it, for those who deal only with their own.</summary>
    public object? Exporter { get; init; }

    /// <summary>Called once, as the last reference goes.</summary>
    public Action<DmaBufFile>? Released { get; init; }

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override FileStatus Status => new() { Mode = 0x180, Size = Length };

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <summary>
    /// dma_buf_dynamic_attach and vfio_pci_dma_buf_iommufd_map: ENODEV while the memory is taken back, EOPNOTSUPP where it is several ranges.
    /// On success <paramref name="importer"/> is told of every change until <see cref="Forget"/>, and owns a reference on the backing.
    /// </summary>
    /// <param name="importer">Who uses it.</param>
    /// <param name="backing">The memory.</param>
    /// <param name="start">Where the first byte of this file stands in it.</param>
    public Errno Import(IDmaBufImporter importer, out DmaBacking? backing, out ulong start)
    {
        backing = null;
        start = offset;
        lock (_lock)
        {
            if (_revoked)
            {
                return Errno.ENODEV;
            }

            if (memory is null)
            {
                return Errno.EOPNOTSUPP;
            }

            memory.Acquire();
            backing = memory;
            _importers.Add(importer);
            return Errno.None;
        }
    }

    /// <summary>dma_buf_detach.</summary>
    public void Forget(IDmaBufImporter importer)
    {
        lock (_lock)
        {
            _importers.Remove(importer);
        }
    }

    /// <summary>vfio_pci_dma_buf_move of one: takes the memory back, or gives it again; either way what importers have mapped is gone when this returns.</summary>
    public void Move(bool revoke)
    {
        lock (_lock)
        {
            if (_revoked == revoke)
            {
                return;
            }

            _revoked = revoke;
            foreach (IDmaBufImporter importer in _importers)
            {
                importer.Invalidate();
            }
        }
    }

    /// <summary>No exporter here lets its memory be mapped by the processor through the file.</summary>
    public override int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset) => -(int)Errno.EINVAL;

    /// <inheritdoc/>
    protected override void Release()
    {
        Released?.Invoke(this);
        memory?.Release();
        _host.Close();
    }
}
