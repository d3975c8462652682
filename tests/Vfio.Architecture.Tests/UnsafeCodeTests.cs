using System.Text.RegularExpressions;

namespace Vfio.Architecture.Tests;

/// <summary>Code that the compiler cannot check is corralled in *.Unsafe.cs, and says why it is sound.</summary>
public sealed partial class UnsafeCodeTests
{
    private static bool IsCorral(SourceFile file) => file.Path.EndsWith(".Unsafe.cs", StringComparison.Ordinal);

    [Fact]
    public void Unsafe_code_stands_in_Unsafe_files_only()
        => Findings.None(Repository.Sources.Where(file => !IsCorral(file)).SelectMany(file => Find(file, Uncheckable())));

    [Fact]
    public void Every_unsafe_block_and_method_says_why_it_is_sound()
        => Findings.None(Repository.Sources.Where(file => IsCorral(file) && !IsExplainedAtTheType(file.Text))
            .SelectMany(file => Find(file, UnsafeKeyword(), line => HasBody(file, line) && !IsExplained(file, line))));

    [Fact]
    public void Every_Unsafe_file_has_unsafe_code()
        => Assert.DoesNotContain(Repository.Sources.Where(IsCorral), file => !Uncheckable().IsMatch(file.Code));

    [Theory]
    [InlineData("unsafe { }", true)]
    [InlineData("ref byte b = ref Unsafe.As<int, byte>(ref x);", true)]
    [InlineData("using static System.Runtime.CompilerServices.Unsafe;", true)]
    [InlineData("MemoryMarshal.AsBytes(span)", true)]
    [InlineData("CollectionsMarshal.AsSpan(list)", true)]
    [InlineData("Marshal.ReadInt32(address)", true)]
    [InlineData("Marshal.GetLastPInvokeError()", false)]
    [InlineData("// unsafe", false)]
    [InlineData("Throw(\"unsafe\");", false)]
    [InlineData("bool IsUnsafe;", false)]
    public void What_counts_as_unsafe(string code, bool isUnsafe)
        => Assert.Equal(isUnsafe, Uncheckable().IsMatch(new SourceFile("x.cs", code).Code));

    [Theory]
    [InlineData("unsafe\n{\n// Sound: never followed.\nreturn (nint)p;\n}", 0)]
    [InlineData("// Sound: never followed.\nunsafe { return (nint)p; }", 0)]
    [InlineData("unsafe { return (nint)p; }", 1)]
    [InlineData("[LibraryImport(Libc)]\nprivate static unsafe partial int Read(byte* p);", 0)]
    [InlineData("unsafe int Read(byte* p)\n\n=> *p;", 1)]
    [InlineData("// Sound: all of it.\n[A]\nclass B\n{\nunsafe int Read(byte* p) => *p;\n}", 0)]
    [InlineData("// Something else.\nclass B\n{\n\n\nunsafe int Read(byte* p) => *p;\n}", 1)]
    public void What_counts_as_a_reason(string code, int findings)
    {
        var file = new SourceFile("x.Unsafe.cs", code);
        Assert.Equal(
            findings,
            IsExplainedAtTheType(code) ? 0 : Find(file, UnsafeKeyword(), line => HasBody(file, line) && !IsExplained(file, line)).Count());
    }

    private static bool IsExplained(SourceFile file, int line) => Enumerable.Range(line - 3, 8).Any(file.HasComment);

    // One reason can hold for every block of a type; then it stands above the type.
    private static bool IsExplainedAtTheType(string text) => SoundType().IsMatch(text);

    // A declaration of a native function has nothing that could be unsound; its callers have.
    private static bool HasBody(SourceFile file, int line)
    {
        string rest = string.Join('\n', file.Lines.Skip(line));
        return rest.IndexOfAny(['{', '=']) is var body and >= 0 && rest.IndexOf(';', StringComparison.Ordinal) is var end && (end < 0 || body < end);
    }

    private static IEnumerable<string> Find(SourceFile file, Regex pattern, Func<int, bool>? also = null)
        => Enumerable.Range(0, file.Lines.Count).Where(line => pattern.IsMatch(file.Lines[line]) && (also?.Invoke(line) ?? true))
            .Select(line => $"{file.Path}:{line + 1}: {file.Lines[line].Trim()}");

    // Pointers need the keyword. Marshal's accessors take any number for an address without it.
    [GeneratedRegex(@"\bunsafe\b|\bUnsafe\b|\bMemoryMarshal\b|\bCollectionsMarshal\b|\bMarshal\s*\.\s*(Read|Write|Copy|PtrTo|StructureTo)")]
    private static partial Regex Uncheckable();

    [GeneratedRegex(@"^// Sound:.*\n(?:(?://.*|\[.*)\n)*(?:[a-z]+ )*(?:class|struct|record) ", RegexOptions.Multiline)]
    private static partial Regex SoundType();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeKeyword();
}
