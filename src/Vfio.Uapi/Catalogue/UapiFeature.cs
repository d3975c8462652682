namespace Vfio.Uapi;

/// <summary>One feature of VFIO_DEVICE_FEATURE: a call within the call.</summary>
public sealed record UapiFeature
{
    /// <summary>Its name in linux/vfio.h.</summary>
    public required string Name { get; init; }

    /// <summary>Its number: the bits of the flags under VFIO_DEVICE_FEATURE_MASK.</summary>
    public required uint Number { get; init; }

    /// <summary>VFIO_DEVICE_FEATURE_GET, VFIO_DEVICE_FEATURE_SET or both: what can be done with it.</summary>
    public required uint Operations { get; init; }

    /// <summary>The struct behind <see cref="VfioDeviceFeature"/>, or null: none, or plain bytes.</summary>
    public Type? Struct { get; init; }

    /// <summary>Bytes of the data, without an array behind it; 0 for none.</summary>
    public int Size { get; init; }

    /// <summary>The upstream release it first appeared in.</summary>
    public required KernelRelease Since { get; init; }

    /// <summary>How the struct's fields are read.</summary>
    internal UapiFieldReader? Fields { get; init; }

    /// <summary>The fields of the data by their C names; none where it is no struct.</summary>
    /// <param name="data">The data; fields it does not reach are left out.</param>
    public IReadOnlyList<UapiField> ReadFields(ReadOnlySpan<byte> data) => Fields is null ? [] : Fields(data);
}
