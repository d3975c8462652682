using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>Bytes as hexadecimal digits; spaces between them are allowed.</summary>
internal sealed class HexBytesConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String ? Parse(reader.GetString()!) : throw Bad();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
        => writer.WriteStringValue(Convert.ToHexStringLower(value.Span));

    /// <summary>Reads digits.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public static byte[] Parse(string text)
    {
        try
        {
            return Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
        }
        catch (FormatException)
        {
            throw Bad();
        }
    }

    private static JsonException Bad() => new("expected bytes as pairs of hexadecimal digits, as \"8680c029\"");
}
