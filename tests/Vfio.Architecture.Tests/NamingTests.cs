using System.Reflection;

namespace Vfio.Architecture.Tests;

/// <summary>Names that a compiler takes and a reader stumbles over.</summary>
public sealed class NamingTests
{
    private static readonly Assembly[] s_assemblies =
    [
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "Vfio*.dll").Select(Path.GetFileNameWithoutExtension)
            .Where(name => !name!.EndsWith(".Tests", StringComparison.Ordinal)).Select(name => Assembly.Load(name!)),
    ];

    private static readonly Type[] s_types =
    [
        .. s_assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.IsNested && type.Namespace is { } name && name.Split('.')[0] == "Vfio" && !type.Name.Contains('<', StringComparison.Ordinal)),
    ];

    [Fact]
    public void All_rooms_are_seen() => Assert.True(s_assemblies.Length >= 6 && s_types.Length > 100);

    [Fact]
    public void No_type_is_called_as_a_namespace()
    {
        var segments = s_types.SelectMany(type => type.Namespace!.Split('.')).ToHashSet(StringComparer.Ordinal);
        Findings.None(s_types.Where(type => segments.Contains(type.Name.Split('`')[0])).Select(type => type.FullName!));
    }

    [Fact]
    public void No_namespace_hides_a_root_that_names_begin_with()
    {
        string[] roots = ["Vfio", "System", "Microsoft"];
        Assert.DoesNotContain(s_types.Select(type => type.Namespace!).Distinct(), name => name.Split('.').Skip(1).Any(roots.Contains));
    }

    [Fact]
    public void The_library_and_the_uAPI_have_one_flat_namespace_each()
    {
        foreach (Assembly assembly in s_assemblies.Where(assembly => assembly.GetName().Name is "Vfio" or "Vfio.Uapi"))
        {
            Assert.All(assembly.GetExportedTypes(), type => Assert.Equal(assembly.GetName().Name, type.Namespace));
        }
    }
}
