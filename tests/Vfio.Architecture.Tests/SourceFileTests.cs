namespace Vfio.Architecture.Tests;

public sealed class SourceFileTests
{
    [Theory]
    [InlineData("a // unsafe", "a")]
    [InlineData("a /* unsafe */ b", "a b")]
    [InlineData("a \"unsafe \\\" unsafe\" b", "a b")]
    [InlineData("a @\"unsafe \"\" \\\" b", "a b")]
    [InlineData("a \"\" b \"unsafe\"", "a b")]
    [InlineData("a '\"' b '\\'' c", "a b c")]
    [InlineData("a $\"unsafe {b} {{unsafe}} {c}\" d", "a b c d")]
    [InlineData("a $@\"unsafe {b} \"\" \" d", "a b d")]
    [InlineData("a \"\"\"unsafe \" \"\" unsafe\"\"\" b", "a b")]
    [InlineData("a $$\"\"\"unsafe {unsafe} {{b}} unsafe\"\"\" c", "a b c")]
    [InlineData("a $\"{(b ? \"unsafe\" : c)}\" d", "a (b ? : c) d")]
    [InlineData("@class a", "@class a")]
    public void Only_code_is_left_of_a_source(string text, string code)
        => Assert.Equal(code, string.Join(' ', new SourceFile("x.cs", text).Code.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Lines_and_comments_keep_their_numbers()
    {
        var file = new SourceFile("x.cs", "a\n// b\nc \"\"\"\n d\n\"\"\"\n/* e\n f */ g\n");
        Assert.Equal(8, file.Lines.Count);
        Assert.Equal("g", file.Lines[6].Trim());
        Assert.Equal([1, 5, 6], Enumerable.Range(0, 8).Where(file.HasComment));
    }
}
