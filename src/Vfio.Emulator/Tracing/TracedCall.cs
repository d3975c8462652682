using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>One call of the program's that the soft kernel answered.</summary>
internal sealed record TracedCall
{
    /// <summary>When it began, from the start of the run.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>Whose.</summary>
    public int Process { get; init; }

    /// <summary>The thread.</summary>
    public int Thread { get; init; }

    /// <summary>What it is called: open, pread64, IOMMU_IOAS_MAP.</summary>
    public required string Name { get; init; }

    /// <summary>The catalogue's entry; null of what is no ioctl of the catalogue.</summary>
    public UapiCall? Known { get; init; }

    /// <summary>The kind of file it was made on; null of none of the catalogue's.</summary>
    public UapiFile? Kind { get; init; }

    /// <summary>That file's path; null where it had none.</summary>
    public string? Path { get; init; }

    /// <summary>The program's descriptor of it; null where it had none yet.</summary>
    public int? Descriptor { get; init; }

    /// <summary>What the program asked.</summary>
    public IReadOnlyList<TracedArgument> Before { get; init; } = [];

    /// <summary>The same after the call, in the same order; empty where a call changes nothing of it.</summary>
    public IReadOnlyList<TracedArgument> After { get; init; } = [];

    /// <summary>Zero or more, or a negative errno; null where the soft kernel allowed it and the host does it.</summary>
    public long? Result { get; init; }

    /// <summary>How long it took to answer.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>It did what it was to do.</summary>
    public bool Succeeded => Result is null or >= 0;

    /// <summary>What the call changed.</summary>
    public IEnumerable<TracedArgument> Changed => After.Where((_, index) => IsChanged(index));

    /// <summary>The call changed an argument, or gave it.</summary>
    public bool IsChanged(int index) => index < After.Count && (index >= Before.Count || !IsSame(After[index], Before[index]));

    private static bool IsSame(TracedArgument one, TracedArgument other)
        => one.Name == other.Name && one.Value == other.Value && (one.Numbers ?? []).SequenceEqual(other.Numbers ?? []);
}
