using System.Diagnostics.CodeAnalysis;

namespace Vfio.SoftKernel.Core;

/// <summary>An object looked up for one call: counted as a user until the call puts it back, so a racing DESTROY is EBUSY. Linux: iommufd_get_object.</summary>
internal readonly ref struct Borrowed<T>
    where T : KernelObject
{
    internal Borrowed(T? value) => Value = value;

    /// <summary>The object; null when there is none of that id and type.</summary>
    public T? Value { get; }

    /// <summary>There is one.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Found => Value is not null;

    /// <summary>iommufd_put_object.</summary>
    public void Dispose() => Value?.RemoveUser();
}
