using System.Numerics;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Automatic addresses against the kernel's rule written out plainly: walk every hole from the bottom. Linux: iopt_alloc_iova.</summary>
public sealed class IovaPlacementTests
{
    private readonly List<(ulong First, ulong Last)> _used = [];
    private (ulong First, ulong Last)[] _allowed = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_lowest_place_that_fits_is_taken_whatever_came_before(int seed)
    {
        Random random = new(seed);
        IommufdClient client = new();
        uint ioas = client.AllocIoas();
        (ulong First, ulong Last)[][] windows =
        [
            [],
            [(0x10000, 0x7ffff)],
            [(0x4000, 0x4fff), (0x5000, 0xffff), (0x100000, 0xffffff)],
            [(0, 0x2fff), (0x200000, 0x5fffff)],
        ];
        for (int step = 0; step < 3000; step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    _allowed = windows[random.Next(windows.Length)];
                    Assert.Equal(0, client.Allow(ioas, 0, [.. _allowed.SelectMany(static window => (ulong[])[window.First, window.Last])]));
                    break;
                case < 9 when _used.Count != 0:
                    (ulong first, ulong last) = _used[random.Next(_used.Count)];
                    ulong length = last - first + 1;
                    Assert.Equal(0, client.Unmap(ioas, first, ref length));
                    _used.Remove((first, last));
                    break;
                case 10:
                    ulong fixedAt = (ulong)random.Next(1, 200) * 0x800;
                    if (client.MapFixed(ioas, IommufdClient.Base, 0x800, fixedAt) == 0)
                    {
                        _used.Add((fixedAt, fixedAt + 0x7ff));
                    }

                    break;
                default:
                    ulong address = random.Next(5) switch
                    {
                        0 => 0,
                        1 => IommufdClient.Base + (ulong)random.Next(0x2000),
                        2 => IommufdClient.Base + 0x200000,
                        _ => IommufdClient.Base + (ulong)random.Next(64) * 0x1000,
                    };
                    ulong wanted = random.Next(4) == 0 ? (ulong)random.Next(1, 0x300000) : (ulong)random.Next(1, 9) * 0x1000;
                    ulong? expected = Place(address, wanted);
                    ulong iova = 0;
                    int result = client.Map(ioas, 6, address, wanted, ref iova);
                    Assert.Equal(expected is null ? -(int)Errno.ENOSPC : 0, result);
                    Assert.Equal(expected ?? 0, iova);
                    if (result == 0)
                    {
                        _used.Add((iova, iova + wanted - 1));
                    }

                    break;
            }
        }
    }

    private ulong? Place(ulong address, ulong length)
    {
        ulong alignment = Math.Min(BitOperations.RoundUpToPowerOf2(length), 2 << 20);
        if (address != 0)
        {
            alignment = Math.Min(alignment, 1UL << BitOperations.TrailingZeroCount(address));
        }

        List<(ulong First, ulong Last)> windows = Joined(_allowed.Length == 0 ? [(0x1000, ulong.MaxValue - 0x1000)] : _allowed);
        foreach ((ulong first, ulong last) in windows)
        {
            ulong from = Math.Max(first, 0x1000);
            if (from > last || !Fits(ref from, last, length, alignment, address % 0x1000))
            {
                continue;
            }

            ulong position = from;
            foreach ((ulong usedFirst, ulong usedLast) in Joined(_used))
            {
                if (usedLast < position)
                {
                    continue;
                }

                if (usedFirst > last)
                {
                    break;
                }

                ulong candidate = position;
                if (usedFirst > position && Fits(ref candidate, usedFirst - 1, length, alignment, address % 0x1000))
                {
                    return candidate;
                }

                position = usedLast + 1;
            }

            if (position <= last && Fits(ref position, last, length, alignment, address % 0x1000))
            {
                return position;
            }
        }

        return null;
    }

    private static bool Fits(ref ulong first, ulong last, ulong length, ulong alignment, ulong offset)
    {
        if (last - first < length - 1)
        {
            return false;
        }

        ulong aligned = (((first + alignment - 1) / alignment) * alignment) | offset;
        if (aligned >= last || last - aligned < length - 1)
        {
            return false;
        }

        first = aligned;
        return true;
    }

    private static List<(ulong First, ulong Last)> Joined(IEnumerable<(ulong First, ulong Last)> ranges)
    {
        List<(ulong First, ulong Last)> joined = [];
        foreach ((ulong first, ulong last) in ranges.Order())
        {
            if (joined.Count != 0 && joined[^1].Last + 1 >= first)
            {
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, last));
            }
            else
            {
                joined.Add((first, last));
            }
        }

        return joined;
    }
}
