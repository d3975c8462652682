namespace Vfio.Uapi;

/// <summary>What the third argument of an ioctl is.</summary>
public enum UapiArgument
{
    /// <summary>Nothing; the kernel does not look at it.</summary>
    None,
    /// <summary>A number by itself.</summary>
    Value,
    /// <summary>Address of a 32-bit number.</summary>
    WordPointer,
    /// <summary>Address of a zero-terminated string.</summary>
    TextPointer,
    /// <summary>
    /// Address of a struct that begins with its size, as iommufd has it: shorter than the minimum is EINVAL, shorter than the kernel's is
    /// filled up with zeros, longer is E2BIG unless the rest is zero.
    /// </summary>
    Sized,
    /// <summary>
    /// Address of a struct that begins with <c>argsz</c>, the room the caller has, as VFIO has it. Shorter than the minimum is EINVAL; what
    /// lies beyond is each call's own matter.
    /// </summary>
    Argsz,
    /// <summary>Address of a struct whose size is part of the number, as KVM has it.</summary>
    Fixed,
}
