using System.Text.Json.Serialization;

namespace Vfio.Cli.Json;

/// <summary>Source-generated serialisers: nothing is reflected over, so nothing is trimmed away.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<JsonFunction>))]
[JsonSerializable(typeof(JsonPlannedFunction))]
[JsonSerializable(typeof(JsonProbe))]
[JsonSerializable(typeof(List<JsonProbe>))]
[JsonSerializable(typeof(JsonNvmeController))]
[JsonSerializable(typeof(JsonNvmeHealth))]
[JsonSerializable(typeof(JsonNvmeBench))]
[JsonSerializable(typeof(JsonNvmeTransfer))]
internal sealed partial class JsonContext : JsonSerializerContext;
