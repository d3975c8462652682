namespace Vfio;

/// <summary>
/// Memory that devices reach at an I/O virtual address. Disposing takes the mapping away; the memory stays its owner's. The device it was made through takes
/// it away as well when it is disposed.
/// </summary>
public sealed class DmaMapping : IDisposable
{
    private readonly IDmaMapper _mapper;
    private readonly Action<DmaMapping> _gone;
    private readonly Lock _lock = new();
    private bool _isMapped = true;

    internal DmaMapping(IDmaMapper mapper, ulong iova, ulong length, DmaAccess access, Action<DmaMapping> gone)
    {
        _mapper = mapper;
        _gone = gone;
        Iova = iova;
        Length = length;
        Access = access;
    }

    /// <summary>The I/O virtual address it starts at.</summary>
    public ulong Iova { get; }

    /// <summary>Bytes.</summary>
    public ulong Length { get; }

    /// <summary>What devices may do to it.</summary>
    public DmaAccess Access { get; }

    /// <summary>Whether devices still reach it.</summary>
    public bool IsMapped => _isMapped;

    /// <summary>Unmaps; when it returns no device reaches the memory through it. May be called again, and from any thread.</summary>
    /// <exception cref="VfioException">The kernel's errno: somebody else unmapped it, or part of it.</exception>
    public void Dispose()
    {
        // Forgotten only afterwards: a device disposed meanwhile finds it still there and waits for the unmap before it closes.
        try
        {
            Unmap();
        }
        finally
        {
            _gone(this);
        }
    }

    /// <summary>Unmaps, once.</summary>
    internal void Unmap()
    {
        lock (_lock)
        {
            if (_isMapped)
            {
                _isMapped = false;
                _mapper.Unmap(Iova, Length);
            }
        }
    }
}
