namespace Vfio.Cli.Hosting;

/// <summary>How this executable is started again.</summary>
internal static class ThisProgram
{
    /// <summary>The executable; under the dotnet host, it and what it runs.</summary>
    public static IReadOnlyList<string> Command { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "Vfio.Cli.dll")]
        : [Environment.ProcessPath!];
}
