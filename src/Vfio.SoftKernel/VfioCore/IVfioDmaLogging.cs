using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>How a driver tells what its device has written. Linux: struct vfio_log_ops.</summary>
internal interface IVfioDmaLogging
{
    /// <summary>log_start; <paramref name="pageSize"/> is the user's wish and becomes what is told apart.</summary>
    Errno Start(IReadOnlyList<(ulong First, ulong Last)> ranges, ref ulong pageSize);

    /// <summary>log_stop: nothing when it was not started.</summary>
    void Stop();

    /// <summary>log_read_and_clear: what was written in [<paramref name="iova"/>, + <paramref name="length"/>) since it was last asked.</summary>
    Errno ReadAndClear(ulong iova, ulong length, out IReadOnlyList<(ulong Iova, ulong Length)> written);
}
