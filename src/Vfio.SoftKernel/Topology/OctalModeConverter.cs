using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>Permission bits as chmod writes them: "660".</summary>
internal sealed class OctalModeConverter : JsonConverter<ushort>
{
    /// <inheritdoc/>
    public override ushort Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out ushort mode)
            ? mode
            : throw new JsonException("expected permission bits as a string of three octal digits, as \"660\"");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ushort value, JsonSerializerOptions options)
        => writer.WriteStringValue(Convert.ToString(value, 8).PadLeft(3, '0'));

    /// <summary>Reads "660".</summary>
    public static bool TryParse(string text, out ushort mode)
    {
        mode = 0;
        if (text.Length != 3)
        {
            return false;
        }

        foreach (char digit in text)
        {
            if (digit is < '0' or > '7')
            {
                return false;
            }

            mode = (ushort)((mode << 3) | (digit - '0'));
        }

        return true;
    }
}
