using System.Numerics;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// What a function writes, for a driver that moves it. Linux: the page tracker of a variant driver, drivers/vfio/pci/mlx5/cmd.c
/// mlx5vf_start_page_tracker and its neighbours, whose errnos these are.
/// </summary>
internal sealed class VfioPciDmaLogging(PciModel model) : IVfioDmaLogging
{
    // What this device can tell apart.
    private const ulong Smallest = 4096;
    private const ulong Largest = 1 << 30;

    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public Errno Start(IReadOnlyList<(ulong First, ulong Last)> ranges, ref ulong pageSize)
    {
        lock (_lock)
        {
            if (model.Dma.Log is not null)
            {
                return Errno.EINVAL;
            }

            pageSize = Math.Clamp(pageSize == 0 ? 0 : 1UL << BitOperations.Log2(pageSize), Smallest, Largest);
            model.Dma.Log = new DmaWriteLog(ranges.Where(static range => range.Last >= range.First), pageSize);
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        lock (_lock)
        {
            model.Dma.Log = null;
        }
    }

    /// <inheritdoc/>
    public Errno ReadAndClear(ulong iova, ulong length, out IReadOnlyList<(ulong Iova, ulong Length)> written)
    {
        lock (_lock)
        {
            written = [];
            if (model.Dma.Log is not { } log)
            {
                return Errno.EINVAL;
            }

            if (length != 0)
            {
                written = log.Take(iova, iova + (length - 1));
            }

            return Errno.None;
        }
    }
}
