using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>A 64-bit number as "0x..." or as a JSON number.</summary>
internal sealed class HexNumberConverter : JsonConverter<ulong>
{
    /// <inheritdoc/>
    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out ulong number))
        {
            return number;
        }

        if (reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 2 } text && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number))
        {
            return number;
        }

        throw new JsonException("expected a number from 0 to 0xffffffffffffffff, as \"0xfee00000\" or 4276092928");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options)
        => writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
}
