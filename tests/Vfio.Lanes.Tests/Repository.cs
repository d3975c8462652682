namespace Vfio.Lanes.Tests;

/// <summary>Where the sources are, for what a lane builds and runs.</summary>
internal static class Repository
{
    /// <summary>The folder with vfio-dotnet.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path in the repository.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "vfio-dotnet.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not in the repository");
    }
}
