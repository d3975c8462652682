using Vfio.Uapi;

namespace Vfio;

/// <summary>The kernel would have done it; the caller's policy, or a hazard found before touching a device, forbids it.</summary>
public sealed class VfioRefusedException : VfioException
{
    /// <summary>A refusal.</summary>
    /// <param name="operation">What was refused: "open", "bind".</param>
    /// <param name="path">The function or node it was asked for.</param>
    /// <param name="reason">Why, and what would lift it.</param>
    public VfioRefusedException(string operation, string path, string reason)
        : base(Errno.EPERM, operation, path, reason, $"{operation} {path}: refused. {reason}")
    {
    }
}
