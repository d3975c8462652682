using System.Text.Json;

namespace Vfio.SoftKernel.Topology;

/// <summary>The topologies that come with the soft kernel, and the reading of others.</summary>
public static class SoftTopologies
{
    /// <summary>The name taken when none is given.</summary>
    public const string Default = "lab";

    /// <summary>A topology file may have this many bytes: far more than a real machine needs, far less than would hurt.</summary>
    public const int MaximumFileSize = 8 << 20;

    /// <summary>The built-in names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["lab", "q35-intel", "q35-intel-nosnoop", "q35-amd", "q35-virtio", "q35-sriov", "selftest"];

    /// <summary>A built-in topology by name, or one from a JSON file: whatever has a slash or ends in .json is a path.</summary>
    /// <exception cref="TopologyException">There is none, or it cannot be used.</exception>
    public static MachineTopology Load(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (Names.Contains(nameOrPath))
        {
            using Stream resource = typeof(SoftTopologies).Assembly.GetManifestResourceStream($"{nameOrPath}.json")
                ?? throw new InvalidOperationException($"The topology {nameOrPath} was not built in.");
            return Read(resource, nameOrPath);
        }

        if (!nameOrPath.Contains('/') && !nameOrPath.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            throw new TopologyException(
                $"There is no built-in topology '{nameOrPath}'. Built in: {string.Join(", ", Names)}. For a file, give a path: ./{nameOrPath}");
        }

        try
        {
            using FileStream file = File.OpenRead(nameOrPath);
            return Read(file, nameOrPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new TopologyException($"{nameOrPath}: the topology cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>A topology from JSON.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="source">What to call it in an error.</param>
    /// <exception cref="TopologyException">It cannot be used.</exception>
    public static MachineTopology Parse(ReadOnlySpan<byte> json, string source)
    {
        if (json.Length > MaximumFileSize)
        {
            throw new TopologyException($"{source}: the topology is larger than {MaximumFileSize >> 20} MiB. A machine's recording is some tens of KiB: is this the right file?");
        }

        MachineTopology? topology;
        try
        {
            topology = JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, TopologyJson.Default.MachineTopology);
        }
        catch (JsonException exception)
        {
            string place = exception.LineNumber is { } line ? $" line {line + 1}" : "";
            string path = string.IsNullOrEmpty(exception.Path) ? "" : $" ({exception.Path})";
            throw new TopologyException($"{source}:{place}{path}: {Plain(exception.Message)} The format is described in docs/topology.md.", exception);
        }

        if (topology is null)
        {
            throw new TopologyException($"{source}: the topology is null; it must be a JSON object as described in docs/topology.md.");
        }

        TopologyCheck.Run(topology, source);
        return topology;
    }

    private static MachineTopology Read(Stream stream, string source)
    {
        // A device or a file of /proc has no length to go by.
        long expected = stream is { CanSeek: true, Length: > 0 } ? Math.Min(stream.Length, MaximumFileSize) : MaximumFileSize;
        byte[] buffer = new byte[expected + 1];
        int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return Parse(buffer.AsSpan(0, length), source);
    }

    // The serializer's texts end in a place that is given already.
    private static string Plain(string message)
    {
        int end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        string plain = end < 0 ? message : message[..end];
        return plain.EndsWith('.') ? plain : plain + ".";
    }
}
