using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>Structs that may grow. Linux: copy_struct_from_user.</summary>
internal static class ExtensibleStruct
{
    /// <summary>A caller that knows a longer struct must have zeros where we know nothing: E2BIG otherwise, EFAULT where its memory ends before a byte shows.</summary>
    public static Errno CheckTrailing(UserArgument argument, int known, uint given)
    {
        Span<byte> rest = stackalloc byte[64];
        int end = (int)Math.Min(given, int.MaxValue - (uint)rest.Length);
        for (int at = known; at < end;)
        {
            Span<byte> piece = rest[..Math.Min(rest.Length, end - at)];
            if (argument.CopyIn(at, piece) != Errno.None)
            {
                // The piece is not there as a whole; what of it is counts.
                piece = rest[..1];
                if (argument.CopyIn(at, piece) is not Errno.None and Errno fault)
                {
                    return fault;
                }
            }

            if (piece.ContainsAnyExcept((byte)0))
            {
                return Errno.E2BIG;
            }

            at += piece.Length;
        }

        return Errno.None;
    }
}
