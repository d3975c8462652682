using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>Bytes locked on behalf of one user or one process, held against a limit. Linux: user_struct.locked_vm, mm_struct.locked_vm.</summary>
internal sealed class MemlockAccount
{
    private long _bytes;

    /// <summary>Bytes charged now.</summary>
    public ulong Bytes => (ulong)Interlocked.Read(ref _bytes);

    /// <summary>Charges <paramref name="bytes"/>; ENOMEM, and nothing charged, when the whole pages of <paramref name="limit"/> bytes do not hold them.</summary>
    public Errno Charge(ulong bytes, ulong limit)
    {
        ulong pages = limit & ~0xfffUL;
        while (true)
        {
            long held = Interlocked.Read(ref _bytes);
            if (bytes > pages || (ulong)held > pages - bytes || bytes > long.MaxValue - (ulong)held)
            {
                return Errno.ENOMEM;
            }

            if (Interlocked.CompareExchange(ref _bytes, held + (long)bytes, held) == held)
            {
                return Errno.None;
            }
        }
    }

    /// <summary>Takes a charge back.</summary>
    public void Uncharge(ulong bytes) => Interlocked.Add(ref _bytes, -(long)bytes);
}
