using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>The JSON of a topology, compiled in: no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(MachineTopology))]
internal sealed partial class TopologyJson : JsonSerializerContext;
