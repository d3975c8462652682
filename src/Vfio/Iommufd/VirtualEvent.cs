using Vfio.Uapi;

namespace Vfio;

/// <summary>Something a guest's IOMMU driver must hear, from a <see cref="VirtualEventQueue"/>.</summary>
/// <param name="Sequence">Its number, 0 to <c>int.MaxValue</c> and around; a gap is events lost.</param>
/// <param name="IsLoss">The queue was full: events up to this number were lost, and there is no data.</param>
/// <param name="Data">The event, as its kind lays it out; empty for a loss.</param>
public readonly record struct VirtualEvent(uint Sequence, bool IsLoss, ReadOnlyMemory<byte> Data)
{
    /// <summary>The event as an SMMUv3 record.</summary>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public IommuVeventArmSmmuv3 ToSmmuv3() => Read<IommuVeventArmSmmuv3>();

    /// <summary>The event as a Tegra241 CMDQV error map.</summary>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public IommuVeventTegra241Cmdqv ToTegra241Cmdqv() => Read<IommuVeventTegra241Cmdqv>();

    private T Read<T>()
        where T : unmanaged
        => Data.Length == StructBytes.SizeOf<T>() && StructBytes.TryRead(Data.Span, out T value)
            ? value
            : throw new InvalidOperationException($"An event of {Data.Length} bytes is no {typeof(T).Name}.");
}
