using System.Text.RegularExpressions;

namespace Vfio.Architecture.Tests;

/// <summary>What must stand in no file of the repository.</summary>
public sealed partial class RepositoryTests
{
    // The second is no address but the name of a namespace: XML's, without which nothing is an SVG.
    private static readonly string[] s_documents = ["keepachangelog.com", "www.w3.org/2000/svg"];
    private static readonly string[] s_binary = [".png", ".gif", ".ico", ".bin", ".gz", ".xz", ".zst"];

    /// <summary>A mirror is the machine's own affair: no file leads a build to a host.</summary>
    [Fact]
    public void Links_lead_to_known_documents_only()
        => Findings.None(Find(Link()).Where(link => !s_documents.Any(document => link.Contains(document, StringComparison.Ordinal))));

    [Fact]
    public void No_file_names_a_path_of_the_machine_it_was_written_on() => Findings.None(Find(HomePath()));

    [Fact]
    public void Every_project_is_in_the_solution_and_has_a_lock_file()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "vfio-dotnet.slnx"));
        IEnumerable<string> projects = Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.DoesNotContain(projects, project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
        Assert.All(projects, project => Assert.Contains($"{Path.GetDirectoryName(project)}/packages.lock.json", Repository.Files));
    }

    private static IEnumerable<string> Find(Regex pattern)
        => Repository.Files.Where(file => !s_binary.Contains(Path.GetExtension(file)))
            .SelectMany(file => File.ReadLines(Path.Combine(Repository.Root, file))
                .Select((line, number) => (Text: line, Where: $"{file}:{number + 1}"))
                .Where(line => pattern.IsMatch(line.Text))
                .Select(line => $"{line.Where}: {line.Text.Trim()}"));

    [GeneratedRegex(@"https?:/{2}\w")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w./$}])/(?:home|root|work|Users)/\w")]
    private static partial Regex HomePath();
}
