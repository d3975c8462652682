using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// What every failure of the library is: the kernel's answer, the call and the path it came from, and what to do about it.
/// </summary>
public class VfioException : IOException
{
    /// <summary>A failed call, with the advice this library has for it.</summary>
    /// <param name="errno">The kernel's answer.</param>
    /// <param name="operation">The call: "open", "VFIO_DEVICE_BIND_IOMMUFD".</param>
    /// <param name="path">The node, sysfs file or function it was made on; empty for none.</param>
    public VfioException(Errno errno, string operation, string path)
        : this(errno, operation, path, Vfio.Advice.For(operation, errno, path))
    {
    }

    /// <summary>A failed call, with advice from its context.</summary>
    /// <param name="errno">The kernel's answer.</param>
    /// <param name="operation">The call: "open", "VFIO_DEVICE_BIND_IOMMUFD".</param>
    /// <param name="path">The node, sysfs file or function it was made on; empty for none.</param>
    /// <param name="advice">What the person should do, in sentences; empty where nothing is known.</param>
    public VfioException(Errno errno, string operation, string path, string advice)
        : this(errno, operation, path, advice, Describe(errno, operation, path, advice))
    {
    }

    private protected VfioException(Errno errno, string operation, string path, string advice, string message)
        : base(message)
    {
        Errno = errno;
        Operation = operation;
        Path = path;
        Advice = advice;
    }

    /// <summary>The kernel's answer.</summary>
    public Errno Errno { get; }

    /// <summary>The call that failed.</summary>
    public string Operation { get; }

    /// <summary>The node, sysfs file or function it was made on; empty for none.</summary>
    public string Path { get; }

    /// <summary>What to do about it; empty where nothing is known.</summary>
    public string Advice { get; }

    private static string Describe(Errno errno, string operation, string path, string advice)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(advice);
        string where = path.Length == 0 ? operation : $"{operation} {path}";
        return advice.Length == 0 ? $"{where}: {errno}." : $"{where}: {errno}. {advice}";
    }
}
