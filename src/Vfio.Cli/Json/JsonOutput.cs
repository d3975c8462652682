using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Vfio.Cli.Json;

/// <summary>Writes one JSON document and a newline.</summary>
internal static class JsonOutput
{
    // Read by programs and people, never put into HTML: quotes and the like stay as they are.
    private static readonly JsonContext Context = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    });

    public static void Write<T>(TextWriter writer, T value)
        => writer.Write(JsonSerializer.Serialize(value, (JsonTypeInfo<T>)Context.GetTypeInfo(typeof(T))!) + "\n");
}
