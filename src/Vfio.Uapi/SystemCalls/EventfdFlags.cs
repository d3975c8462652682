namespace Vfio.Uapi;

/// <summary>EFD_* of eventfd(2). EFD_CLOEXEC is always added.</summary>
[Flags]
public enum EventfdFlags
{
    /// <summary>A counter whose read blocks.</summary>
    None = 0,
    /// <summary>EFD_NONBLOCK.</summary>
    NonBlocking = 0x800,
}
