using System.Diagnostics.CodeAnalysis;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>What opening a node gave: a file, whose one reference is the caller's, or an errno.</summary>
internal readonly record struct OpenResult
{
    private OpenResult(OpenFile? file, Errno error)
    {
        File = file;
        Error = error;
    }

    /// <summary>The file; null when it failed.</summary>
    public OpenFile? File { get; }

    /// <summary>Why it failed; <see cref="Errno.None"/> when it did not.</summary>
    public Errno Error { get; }

    /// <summary>It worked.</summary>
    [MemberNotNullWhen(true, nameof(File))]
    public bool Succeeded => File is not null;

    /// <summary>A file was opened.</summary>
    public static implicit operator OpenResult(OpenFile file) => new(file, Errno.None);

    /// <summary>It failed.</summary>
    public static implicit operator OpenResult(Errno error) => new(null, error);
}
