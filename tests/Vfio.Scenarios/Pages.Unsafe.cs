using Vfio.Uapi;

namespace Vfio.Scenarios;

/// <summary>Pages of a memfd, mapped: memory that any kernel can pin and whose address can stand in a struct.</summary>
public sealed class Pages : IDisposable
{
    private readonly ISystemCalls _calls;
    private readonly int _length;

    /// <summary>Makes <paramref name="length"/> zeroed bytes, a multiple of the page size.</summary>
    public Pages(ISystemCalls calls, int length)
    {
        _calls = calls;
        _length = length;
        int fd = Succeeds("memfd_create", calls.MemfdCreate("scenario", MemfdFlags.AllowSealing));
        Succeeds("ftruncate", calls.Ftruncate(fd, length));
        Succeeds("F_ADD_SEALS", calls.AddSeals(fd, FileSeals.Shrink));
        nint address = calls.Mmap((nuint)length, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, fd, 0);
        _ = calls.Close(fd);
        ScenarioContext.Check(address is < -4095 or > 0, $"mmap of a memfd: {address}");
        Address = address;
    }

    /// <summary>The first byte.</summary>
    public nint Address { get; private set; }

    /// <summary>The bytes.</summary>
    public unsafe Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(Address == 0, this);
            // Sound: the mapping has _length bytes, is sealed against shrinking, and stands until Dispose, after which this throws. A scenario
            // uses it from one thread.
            return new Span<byte>((void*)Address, _length);
        }
    }

    /// <summary>munmap.</summary>
    public void Dispose()
    {
        if (Address != 0)
        {
            _ = _calls.Munmap(Address, (nuint)_length);
            Address = 0;
        }
    }

    private static int Succeeds(string call, int answer)
    {
        ScenarioContext.Check(answer >= 0, $"{call}: {ScenarioContext.Answer(answer)}");
        return answer;
    }
}
