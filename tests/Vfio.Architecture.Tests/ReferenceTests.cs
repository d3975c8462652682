using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Vfio.Architecture.Tests;

/// <summary>Who may reference whom. The library and the soft kernel meet only at the uAPI.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> s_mayReference = new(StringComparer.Ordinal)
    {
        ["Vfio.Uapi"] = [],
        ["Vfio"] = ["Vfio.Uapi"],
        ["Vfio.Hardware"] = ["Vfio.Uapi"],
        ["Vfio.SoftKernel"] = ["Vfio.Hardware", "Vfio.Uapi"],
        ["Vfio.Emulator"] = ["Vfio.SoftKernel", "Vfio.Hardware", "Vfio.Uapi"],
        ["Vfio.Nvme"] = ["Vfio", "Vfio.Uapi"],
        ["Vfio.Cli"] = ["Vfio.Emulator", "Vfio.SoftKernel", "Vfio.Nvme", "Vfio", "Vfio.Hardware", "Vfio.Uapi"],
    };

    public static TheoryData<string> Projects
        => [.. Repository.Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        Assert.True(s_mayReference.ContainsKey(name), $"{name} is a new room: give it its place in this table.");
        IEnumerable<string> references = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(s_mayReference[name]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_compiled_assembly_uses_only_what_the_design_allows(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        using PEReader file = Open(project);
        MetadataReader metadata = file.GetMetadataReader();
        IEnumerable<string> used = metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        Assert.Empty(used.Where(IsOurs).Except(s_mayReference[name]));
    }

    [Fact]
    public void The_library_and_the_soft_kernel_never_meet()
    {
        Assert.DoesNotContain("Vfio.SoftKernel", Reach("Vfio"));
        Assert.DoesNotContain("Vfio.Hardware", Reach("Vfio"));
        Assert.DoesNotContain("Vfio", Reach("Vfio.SoftKernel"));
        Assert.DoesNotContain("Vfio", Reach("Vfio.Hardware"));
    }

    [Theory]
    [InlineData("src/Vfio.Uapi/Vfio.Uapi.csproj")]
    [InlineData("src/Vfio.Hardware/Vfio.Hardware.csproj")]
    [InlineData("src/Vfio.Nvme/Vfio.Nvme.csproj")]
    public void System_calls_are_made_elsewhere(string project)
    {
        using PEReader file = Open(project);
        MetadataReader metadata = file.GetMetadataReader();
        Assert.DoesNotContain(
            metadata.MethodDefinitions.Select(metadata.GetMethodDefinition),
            method => method.Attributes.HasFlag(System.Reflection.MethodAttributes.PinvokeImpl));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Internals_are_shown_to_the_projects_own_tests_and_benchmarks_alone(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        IEnumerable<string> friends = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("InternalsVisibleTo")
            .Select(friend => friend.Attribute("Include")!.Value);
        Assert.DoesNotContain(friends, friend => friend != $"{name}.Tests" && !Directory.Exists(Path.Combine(Repository.Root, "bench", friend)));
    }

    private static bool IsOurs(string assembly) => assembly == "Vfio" || assembly.StartsWith("Vfio.", StringComparison.Ordinal);

    // The command references every project, so all of them lie beside this test.
    private static PEReader Open(string project)
        => new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, AssemblyName(project) + ".dll")));

    private static string AssemblyName(string project)
        => XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("AssemblyName").FirstOrDefault()?.Value
            ?? Path.GetFileNameWithoutExtension(project);

    private static HashSet<string> Reach(string project)
        => [.. s_mayReference[project].SelectMany(reference => Reach(reference).Append(reference))];
}
