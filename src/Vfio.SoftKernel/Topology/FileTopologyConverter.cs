using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>A file as its text, or as an object with one of text, hex, link, block and directory, and a mode.</summary>
internal sealed class FileTopologyConverter : JsonConverter<FileTopology>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override FileTopology Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new FileTopology { Content = Encoding.UTF8.GetBytes(reader.GetString()!) };
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad();
        }

        FileTopology? file = null;
        ushort? mode = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? property = reader.GetString();
            reader.Read();
            if (property == "mode" && mode is null && reader.TokenType == JsonTokenType.String && OctalModeConverter.TryParse(reader.GetString()!, out ushort bits))
            {
                mode = bits;
                continue;
            }

            if (file is not null)
            {
                throw Bad();
            }

            file = property switch
            {
                "text" when reader.TokenType == JsonTokenType.String => new FileTopology { Content = Encoding.UTF8.GetBytes(reader.GetString()!) },
                "hex" when reader.TokenType == JsonTokenType.String => new FileTopology { Content = HexBytesConverter.Parse(reader.GetString()!), IsText = false },
                "link" when reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 0 } target => new FileTopology { Link = target },
                "block" when reader.TokenType == JsonTokenType.String && TryParseNumbers(reader.GetString()!, out (uint, uint) numbers) => new FileTopology { BlockDevice = numbers, Mode = 0x180 },
                "directory" when reader.TokenType == JsonTokenType.True => new FileTopology { IsDirectory = true },
                _ => throw Bad(),
            };
        }

        file = file ?? throw Bad();
        return mode is { } given ? file with { Mode = given } : file;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, FileTopology value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (value.IsDirectory)
        {
            writer.WriteBoolean("directory", true);
        }
        else if (value.BlockDevice is { } numbers)
        {
            writer.WriteString("block", string.Create(CultureInfo.InvariantCulture, $"{numbers.Major}:{numbers.Minor}"));
        }
        else if (value.Link is not null)
        {
            writer.WriteString("link", value.Link);
        }
        else if (value.IsText)
        {
            writer.WriteString("text", Encoding.UTF8.GetString(value.Content.Span));
        }
        else
        {
            writer.WriteString("hex", Convert.ToHexStringLower(value.Content.Span));
        }

        writer.WriteString("mode", Convert.ToString(value.Mode, 8).PadLeft(3, '0'));
        writer.WriteEndObject();
    }

    private static bool TryParseNumbers(string text, out (uint Major, uint Minor) numbers)
    {
        numbers = default;
        return text.Split(':') is [var major, var minor]
            && uint.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out numbers.Major) && numbers.Major < 1 << 12
            && uint.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out numbers.Minor) && numbers.Minor < 1 << 20;
    }

    private static JsonException Bad() => new(
        "expected a file: its text, or an object with one of \"text\", \"hex\" (digits), \"link\" (a target), \"block\" (\"259:0\") and \"directory\" (true), and perhaps \"mode\" (as \"400\")");
}
