using Vfio.Uapi;

namespace Vfio;

/// <summary>The one funnel from a negative errno to a <see cref="VfioException"/>.</summary>
internal static class SystemCallResult
{
    public static int ThrowIfError(this int result, string operation, string path)
        => result >= 0 ? result : throw new VfioException((Errno)(-result), operation, path);

    /// <summary>Of read, write, mmap: an address above half of the space is negative too, so only -4095..-1 is an errno.</summary>
    public static nint ThrowIfError(this nint result, string operation, string path)
        => result is >= -4095 and < 0 ? throw new VfioException((Errno)(int)(-result), operation, path) : result;
}
