namespace Vfio.Cli.Tests;

/// <summary>What README.md shows is what runs: its picture is the command's own output, its C# is the sample's.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_root = FindRoot();
    private static readonly string s_readme = File.ReadAllText(Path.Combine(s_root, "README.md"));

    [Fact]
    public void The_picture_is_the_commands_output()
    {
        string[] lines = Block("```\n$ vfio probe --soft\n").Split('\n');
        string[] shown = File.ReadAllLines(Path.Combine(s_root, "tests", "Vfio.Cli.Tests", "snapshots", "probe-lab.txt"));
        int cut = Array.IndexOf(lines, "...");
        Assert.True(cut > 10, "the picture shows next to nothing");
        Assert.Equal(shown.Take(cut), lines.Take(cut));
        Assert.Equal(shown[^1], lines[cut + 1]);
    }

    [Fact]
    public void The_sample_is_the_one_that_runs()
    {
        string sample = File.ReadAllText(Path.Combine(s_root, "samples", "Edu", "EduSample.cs"));
        string indented = string.Join('\n', Block("```csharp\n").Split('\n').Select(line => line.Length == 0 ? line : "        " + line));
        Assert.Contains(indented, sample, StringComparison.Ordinal);
    }

    private static string Block(string opening)
    {
        int start = s_readme.IndexOf(opening, StringComparison.Ordinal);
        Assert.True(start >= 0, $"README.md has no block that opens with {opening}");
        start += opening.Length;
        return s_readme[start..s_readme.IndexOf("\n```", start, StringComparison.Ordinal)];
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "vfio-dotnet.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("vfio-dotnet.slnx was not found above the tests.");
    }
}
