using System.Text.RegularExpressions;

namespace Vfio.Architecture.Tests;

/// <summary>One type a file, the file called as the type; a part of it is Name.Part.cs.</summary>
public sealed partial class SourceLayoutTests
{
    private static readonly string[] s_withoutType = ["Program.cs", "GlobalUsings.cs", "AssemblyInfo.cs"];

    [Fact]
    public void A_file_holds_one_type_and_has_its_name()
    {
        var wrong = new List<string>();
        foreach (SourceFile file in Repository.Sources)
        {
            string name = Path.GetFileName(file.Path);
            string[] types = [.. TopLevelTypes(file.Code)];
            bool right = types.Length == 0 ? s_withoutType.Contains(name) : types.Length == 1 && name.Split('.')[0] == types[0];
            if (!right)
            {
                wrong.Add($"{file.Path}: {(types.Length == 0 ? "no type" : string.Join(", ", types))}");
            }
        }

        Findings.None(wrong);
    }

    [Theory]
    [InlineData("class A { class B { } }", "A")]
    [InlineData("public readonly record struct A(int B);", "A")]
    [InlineData("public sealed record A { }", "A")]
    [InlineData("internal delegate int A(string b);", "A")]
    [InlineData("class A<T> where T : class { }", "A")]
    [InlineData("struct A<T> where T : struct\n{ } enum B { C }", "A,B")]
    [InlineData("interface A; file class B { }", "A,B")]
    [InlineData("var record = 1; Use(record);", "")]
    public void What_counts_as_a_type(string code, string types) => Assert.Equal(types, string.Join(',', TopLevelTypes(code)));

    private static IEnumerable<string> TopLevelTypes(string code)
    {
        int depth = 0;
        var outer = new System.Text.StringBuilder(code.Length);
        foreach (char c in code)
        {
            depth += c == '{' ? 1 : 0;
            outer.Append(depth == 0 || c == '\n' ? c : ' ');
            depth -= c == '}' ? 1 : 0;
        }

        return Declaration().Matches(outer.ToString()).Select(match => match.Groups["name"].Value);
    }

    [GeneratedRegex(
        @"(?<![:,]\s*)\b(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+(?<name>(?!where\b|class\b|struct\b)[A-Za-z_]\w*)|\bdelegate\s+[^;(]*?(?<name>[A-Za-z_]\w*)\s*(?:<[^;(]*>)?\s*\(")]
    private static partial Regex Declaration();
}
