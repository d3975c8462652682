using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>What the threads of a program have open between them. One that is used by one thread may be closed by another meanwhile, as in any program.</summary>
internal sealed class OpenDescriptors
{
    private readonly Lock _lock = new();
    private readonly List<(int Descriptor, UapiFile Kind)> _open = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    public void Add(int descriptor, UapiFile kind)
    {
        lock (_lock)
        {
            _open.Add((descriptor, kind));
        }
    }

    /// <summary>Takes one out, to be closed.</summary>
    public int Take(Random random)
    {
        lock (_lock)
        {
            if (_open.Count == 0)
            {
                return -1;
            }

            int at = random.Next(_open.Count);
            int taken = _open[at].Descriptor;
            _open.RemoveAt(at);
            return taken;
        }
    }

    /// <summary>Any of them; a descriptor of -1 when there is none.</summary>
    public (int Descriptor, UapiFile Kind) Pick(Random random)
    {
        lock (_lock)
        {
            return _open.Count == 0 ? (-1, UapiFile.Iommufd) : _open[random.Next(_open.Count)];
        }
    }

    /// <summary>One of a kind, or any where there is none.</summary>
    public int Pick(Random random, UapiFile kind)
    {
        lock (_lock)
        {
            (int Descriptor, UapiFile Kind)[] fitting = [.. _open.Where(opened => opened.Kind == kind)];
            return fitting.Length == 0 ? Pick(random).Descriptor : fitting[random.Next(fitting.Length)].Descriptor;
        }
    }
}
