using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Vfio.Transcripts.Abi;
using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>An array of a transcript as bytes, both ways.</summary>
internal static class DataBytes
{
    /// <summary>Bytes of one element.</summary>
    public static int ElementSize(string type) => type switch
    {
        "u8" => 1,
        "u16" => 2,
        "u32" or "i32" => 4,
        "u64" => 8,
        _ => AbiNames.Struct(type)!.Size,
    };

    /// <summary>Bytes of all.</summary>
    public static int Size(Operand.Data data) => checked(ElementSize(data.Type) * data.Count);

    /// <summary>Writes a number's low bytes.</summary>
    public static void Write(Span<byte> to, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..to.Length].CopyTo(to);
    }

    /// <summary>Reads a number of up to 8 bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> from)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        from.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>The elements up to the last in which a byte differs, as an answer tells them; null when none does.</summary>
    public static string? Changes(string type, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        int last = after.Length - 1;
        while (last >= 0 && before[last] == after[last])
        {
            last--;
        }

        return last < 0 ? null : Tell(type, after[..Math.Min(after.Length, (last / ElementSize(type) + 1) * ElementSize(type))]);
    }

    /// <summary>Elements as an answer tells them; what is no whole element as bytes.</summary>
    public static string Tell(string type, ReadOnlySpan<byte> bytes)
    {
        int size = ElementSize(type);
        if (bytes.Length % size != 0)
        {
            (type, size) = ("u8", 1);
        }

        StructLayout? layout = AbiNames.Struct(type);
        var text = new StringBuilder("{");
        for (int at = 0; at < bytes.Length; at += size)
        {
            text.Append(at == 0 ? "" : layout is null ? " " : ", ");
            ReadOnlySpan<byte> element = bytes.Slice(at, size);
            if (layout is null)
            {
                text.Append(type == "u8" ? Convert.ToHexStringLower(element) : StepText.Of(Read(element)));
                continue;
            }

            string separator = "";
            foreach (LayoutField field in layout.Fields)
            {
                text.Append(CultureInfo.InvariantCulture, $"{separator}{field.Name}={Tell(field, element)}");
                separator = " ";
            }
        }

        return text.Append('}').ToString();
    }

    /// <summary>A field's value as an answer tells it.</summary>
    public static string Tell(LayoutField field, ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> bytes = element.Slice(field.Offset, field.Bytes);
        return field.IsNumber ? StepText.Of(Read(bytes)) : Convert.ToHexStringLower(bytes);
    }
}
