using System.Runtime.CompilerServices;

namespace Vfio.Cli.Tests;

/// <summary>Output that a person looked at, committed as text. VFIO_UPDATE_SNAPSHOTS=1 writes it anew; then look at the difference.</summary>
internal static class Snapshot
{
    public static void Match(string actual, string name)
    {
        string source = Path.Combine(Folder(), name + ".txt");
        if (Environment.GetEnvironmentVariable("VFIO_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(source, actual);
        }
        else
        {
            Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "snapshots", name + ".txt")), actual);
        }

        Assert.All(actual.Split('\n'), line => Assert.True(line.Length <= 80, $"wider than 80 columns: {line}"));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "snapshots");
}
