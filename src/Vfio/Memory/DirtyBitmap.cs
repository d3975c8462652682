using System.Globalization;
using System.Numerics;

namespace Vfio;

/// <summary>The bitmaps that the kernel reports written pages in: a bit a page, from the lowest of the first word on.</summary>
public static class DirtyBitmap
{
    /// <summary>How many words a bitmap of a range takes.</summary>
    /// <param name="length">Bytes of the range.</param>
    /// <param name="pageSize">Bytes that one bit stands for; a power of two.</param>
    public static int WordsFor(ulong length, ulong pageSize)
    {
        if (!BitOperations.IsPow2(pageSize))
        {
            throw new ArgumentOutOfRangeException(nameof(pageSize), pageSize, "A power of two.");
        }

        ulong bits = (length / pageSize) + (length % pageSize == 0 ? 0UL : 1);
        return checked((int)((bits / 64) + (bits % 64 == 0 ? 0UL : 1)));
    }

    /// <summary>The kernel writes where the struct says: what it says must be there.</summary>
    internal static void CheckRoom(ulong length, ulong pageSize, Span<ulong> bitmap)
    {
        int words = WordsFor(length, pageSize);
        if (bitmap.Length < words)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{bitmap.Length} words do not hold a bit for each page; {words} do."), nameof(bitmap));
        }
    }
}
