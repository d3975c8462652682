using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>Structs that may grow. Linux: copy_struct_from_user.</summary>
internal static class ExtensibleStruct
{
    private const uint PageSize = 4096;

    /// <summary>A caller that knows a longer struct must have zeros where we know nothing: E2BIG otherwise, and beyond a page.</summary>
    public static Errno CheckTrailing(UserArgument argument, int known, uint given)
    {
        if (given > PageSize)
        {
            return Errno.E2BIG;
        }

        Span<byte> rest = stackalloc byte[64];
        for (int at = known; at < given; at += rest.Length)
        {
            Span<byte> piece = rest[..Math.Min(rest.Length, (int)given - at)];
            if (argument.CopyIn(at, piece) is not Errno.None and Errno fault)
            {
                return fault;
            }

            if (piece.ContainsAnyExcept((byte)0))
            {
                return Errno.E2BIG;
            }
        }

        return Errno.None;
    }
}
