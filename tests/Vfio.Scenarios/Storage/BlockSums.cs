using System.Buffers.Binary;

namespace Vfio.Scenarios.Storage;

/// <summary>What stands in each block of a part of a namespace: a checksum of what was last written there.</summary>
/// <param name="first">The first block.</param>
/// <param name="blocks">How many.</param>
/// <param name="blockSize">Bytes of one.</param>
public sealed class BlockSums(ulong first, int blocks, int blockSize)
{
    // 0: never written.
    private readonly ulong[] _sums = new ulong[blocks];

    /// <summary>The first block.</summary>
    public ulong First { get; } = first;

    /// <summary>How many blocks.</summary>
    public int Blocks => _sums.Length;

    /// <summary>Fills memory with data that was never before, and remembers it as what stands from a block on.</summary>
    public void Write(int block, Span<byte> data, ref ulong state)
    {
        for (int at = 0; at < data.Length; at += sizeof(ulong))
        {
            // SplitMix64.
            ulong z = state += 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            BinaryPrimitives.WriteUInt64LittleEndian(data[at..], z ^ (z >> 31));
        }

        for (int at = 0; at < data.Length; at += blockSize)
        {
            _sums[block++] = Sum(data.Slice(at, blockSize));
        }
    }

    /// <summary>Ends the scenario where a block that was written holds anything else. Returns the sum of all.</summary>
    public ulong Check(int block, ReadOnlySpan<byte> data)
    {
        ulong all = 0;
        for (int at = 0; at < data.Length; at += blockSize, block++)
        {
            if (_sums[block] != 0)
            {
                ulong sum = Sum(data.Slice(at, blockSize));
                ScenarioContext.Check(sum == _sums[block], $"block {First + (ulong)block} holds something else than was written");
                all = (all ^ sum) * 0x100000001b3;
            }
        }

        return all;
    }

    /// <summary>The next stretch of blocks that were written, from a block on, of no more than so many; 0 long at the end.</summary>
    public int NextWritten(ref int block, int most)
    {
        while (block < _sums.Length && _sums[block] == 0)
        {
            block++;
        }

        int end = block;
        while (end < _sums.Length && end - block < most && _sums[end] != 0)
        {
            end++;
        }

        return end - block;
    }

    private static ulong Sum(ReadOnlySpan<byte> data)
    {
        ulong sum = 0xcbf29ce484222325;
        for (int at = 0; at < data.Length; at += sizeof(ulong))
        {
            sum = ulong.RotateLeft((sum ^ BinaryPrimitives.ReadUInt64LittleEndian(data[at..])) * 0x9e3779b97f4a7c15, 29);
        }

        return sum == 0 ? 1 : sum;
    }
}
