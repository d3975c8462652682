using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// VFIO's answers of open length: asked again with the argsz the kernel names, and their capability chains walked without trusting an offset
/// (Linux: drivers/vfio/vfio_main.c vfio_info_add_capability appends, so offsets only ever rise).
/// </summary>
internal static class CapabilityChain
{
    private const int MaximumBytes = 1 << 20;

    /// <summary>The whole answer to a call whose struct starts with argsz. <paramref name="head"/> is the request without argsz filled in.</summary>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static byte[] Ask(VfioFileHandle handle, uint request, string operation, ReadOnlySpan<byte> head)
    {
        int room = head.Length;
        while (true)
        {
            byte[] answer = new byte[room];
            head.CopyTo(answer);
            BinaryPrimitives.WriteUInt32LittleEndian(answer, (uint)room);
            handle.Check(handle.Ioctl(request, answer.AsSpan()), operation);
            uint needed = BinaryPrimitives.ReadUInt32LittleEndian(answer);
            if (needed <= room || needed > MaximumBytes)
            {
                return answer;
            }

            room = (int)needed;
        }
    }

    /// <summary>The entries from <paramref name="first"/> on; ends at an offset that leads back, or out of the answer.</summary>
    public static IEnumerable<Capability> Walk(byte[] answer, uint first)
    {
        int header = StructBytes.SizeOf<VfioInfoCapHeader>();
        uint offset = first;
        while (offset != 0 && answer.Length >= header && offset <= answer.Length - header)
        {
            _ = StructBytes.TryRead(answer.AsSpan((int)offset), out VfioInfoCapHeader entry);
            yield return new Capability(entry.Id, entry.Version, (int)offset);
            if (entry.Next <= offset)
            {
                yield break;
            }

            offset = entry.Next;
        }
    }
}
