namespace Vfio.Uapi;

/// <summary>open(2) flags, x86-64. O_CLOEXEC is always added.</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    ReadOnly = 0,
    /// <summary>O_WRONLY.</summary>
    WriteOnly = 1,
    /// <summary>O_RDWR.</summary>
    ReadWrite = 2,
    /// <summary>O_NONBLOCK.</summary>
    NonBlocking = 0x800,
    /// <summary>O_DIRECTORY.</summary>
    Directory = 0x10000,
}
