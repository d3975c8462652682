namespace Vfio.Architecture.Tests;

/// <summary>The working tree this test was built from, found by walking up to the solution.</summary>
internal static class Repository
{
    private static readonly string[] s_notOurs = [".git", ".vs", ".idea", "bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file but what builds leave behind, relative to the root, with '/'.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal)];

    /// <summary>The C# written by hand.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } =
    [
        .. Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(file => new SourceFile(file, File.ReadAllText(Path.Combine(Root, file)))),
    ];

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "vfio-dotnet.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No vfio-dotnet.slnx above {AppContext.BaseDirectory}.");
    }

    private static IEnumerable<string> Walk(string directory)
        => Directory.EnumerateFiles(directory)
            .Concat(Directory.EnumerateDirectories(directory).Where(child => !s_notOurs.Contains(Path.GetFileName(child))).SelectMany(Walk));
}
