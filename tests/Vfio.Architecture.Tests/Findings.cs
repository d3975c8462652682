namespace Vfio.Architecture.Tests;

/// <summary>Fails with every finding written out, one a line; a collection assertion would cut them short.</summary>
internal static class Findings
{
    public static void None(IEnumerable<string> findings)
    {
        string[] all = [.. findings];
        Assert.True(all.Length == 0, $"{all.Length} found:\n{string.Join('\n', all)}");
    }
}
