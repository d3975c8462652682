using Vfio.Uapi;

namespace Vfio;

/// <summary>From a kernel answer to an exception that says what was being done.</summary>
internal static class KernelAnswer
{
    /// <summary>Passes an answer through that is no errno.</summary>
    /// <exception cref="VfioException"><paramref name="result"/> is a negative errno.</exception>
    public static int Check(this VfioFileHandle handle, int result, string operation, string? detail = null) =>
        result >= 0 ? result : throw Failure(handle, (Errno)(-result), operation, detail);

    /// <summary>The failure, with what is known beyond the errno before the general advice.</summary>
    public static VfioException Failure(VfioFileHandle handle, Errno errno, string operation, string? detail)
    {
        string advice = Advice.For(operation, errno, handle.Path);
        return new VfioException(errno, operation, handle.Path, detail is null ? advice : advice.Length == 0 ? $"{detail}." : $"{detail}. {advice}");
    }
}
