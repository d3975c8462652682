namespace Vfio.Uapi;

/// <summary>One ioctl: everything about it that is not behaviour.</summary>
public sealed record UapiCall
{
    /// <summary>The kind of file that takes it.</summary>
    public required UapiFile File { get; init; }

    /// <summary>Its name in the kernel's headers.</summary>
    public required string Name { get; init; }

    /// <summary>The ioctl's number (the request), type byte included.</summary>
    public required uint Number { get; init; }

    /// <summary>What the argument is.</summary>
    public required UapiArgument Argument { get; init; }

    /// <summary>The struct the argument points to, or null.</summary>
    public Type? Struct { get; init; }

    /// <summary>That struct's name in C without the word struct, or null.</summary>
    public string? StructName { get; init; }

    /// <summary>
    /// Bytes of what the argument points to in Linux 7.2, without an array or data behind it; 0 where it points to nothing or a string.
    /// </summary>
    public int Size { get; init; }

    /// <summary>The fewest bytes the kernel takes: what the struct was in its first release, or what the kernel reads at all.</summary>
    public int MinimumSize { get; init; }

    /// <summary>The upstream release it first appeared in.</summary>
    public required KernelRelease Since { get; init; }

    /// <summary>How the struct's fields are read.</summary>
    internal UapiFieldReader? Fields { get; init; }

    /// <summary>The fields of the struct by their C names; none where the argument is no struct.</summary>
    /// <param name="bytes">The struct; fields it does not reach are left out.</param>
    public IReadOnlyList<UapiField> ReadFields(ReadOnlySpan<byte> bytes) => Fields is null ? [] : Fields(bytes);
}
