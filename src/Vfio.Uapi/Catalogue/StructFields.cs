using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;

namespace Vfio.Uapi;

/// <summary>The fields of a struct of the contract by their C names: what the struct says, not a second table.</summary>
/// <typeparam name="T">The struct.</typeparam>
internal static class StructFields<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T>
    where T : unmanaged
{
    private static readonly (string Name, FieldInfo Field)[] s_fields =
        [.. typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance).Select(static field => (NameInC(field.Name), field))];

    /// <summary>Reads them; fields that are no numbers, and those that the bytes do not reach, are left out.</summary>
    public static IReadOnlyList<UapiField> Read(ReadOnlySpan<byte> bytes)
    {
        // Where the bytes end does not show in a struct: what it is filled up with does.
        object boxed = Fill(bytes, 0);
        object other = Fill(bytes, byte.MaxValue);
        List<UapiField> read = [];
        foreach ((string name, FieldInfo field) in s_fields)
        {
            object? found = field.GetValue(boxed);
            ulong? number = !Equals(found, field.GetValue(other)) ? null : found switch
            {
                byte small => small,
                ushort half => half,
                uint word => word,
                int signed => unchecked((ulong)(long)signed),
                ulong wide => wide,
                long signed => unchecked((ulong)signed),
                _ => null,
            };
            if (number is { } known)
            {
                read.Add(new UapiField(name, known, IsSigned: field.FieldType == typeof(int) || field.FieldType == typeof(long)));
            }
        }

        return read;
    }

    private static T Fill(ReadOnlySpan<byte> bytes, byte rest)
    {
        T value = default;
        Span<byte> whole = StructBytes.AsBytes(ref value);
        int length = Math.Min(bytes.Length, whole.Length);
        bytes[..length].CopyTo(whole);
        whole[length..].Fill(rest);
        return value;
    }

    // IoasId is ioas_id in C, and Reserved __reserved.
    private static string NameInC(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return name.StartsWith("Reserved", StringComparison.Ordinal) ? $"__{text}" : text.ToString();
    }
}
