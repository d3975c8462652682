namespace Vfio.SoftKernel.Core;

/// <summary>Who uses a dma-buf's memory. Linux: struct dma_buf_attach_ops.</summary>
internal interface IDmaBufImporter
{
    /// <summary>
    /// invalidate_mappings: the memory is taken back, or given again; what was mapped of it must be unmapped before this returns. Called
    /// under the dma-buf's lock, so nothing here may call back into it; the importer's own locks are taken inside.
    /// </summary>
    void Invalidate();
}
