using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>Zero-terminated text of a caller's. Linux: strndup_user.</summary>
internal static class UserString
{
    /// <summary>Copies it in: EFAULT where memory ends before it, EINVAL when it has more than <paramref name="limit"/> bytes with the zero.</summary>
    public static Errno Copy(UserArgument argument, int limit, out string text)
    {
        text = "";
        Span<byte> bytes = stackalloc byte[128];
        var collected = new List<byte>();
        while (collected.Count < limit)
        {
            // Piecewise and then byte by byte: what follows the zero may not be there.
            int piece = Math.Min(bytes.Length, limit - collected.Count);
            if (argument.CopyIn(collected.Count, bytes[..piece]) != Errno.None)
            {
                piece = 1;
                if (argument.CopyIn(collected.Count, bytes[..1]) is not Errno.None and Errno fault)
                {
                    return fault;
                }
            }

            int end = bytes[..piece].IndexOf((byte)0);
            collected.AddRange(bytes[..(end < 0 ? piece : end)]);
            if (end >= 0)
            {
                text = Encoding.Latin1.GetString([.. collected]);
                return Errno.None;
            }
        }

        return Errno.EINVAL;
    }
}
