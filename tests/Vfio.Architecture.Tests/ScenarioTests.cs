namespace Vfio.Architecture.Tests;

/// <summary>Scenarios are what a program does with the library; what it is there to keep its users from asking is asked in transcripts.</summary>
public sealed class ScenarioTests
{
    [Fact]
    public void Scenarios_make_no_ioctl_by_hand()
    {
        SourceFile[] scenarios = [.. Repository.Sources.Where(file => file.Path.StartsWith("tests/Vfio.Scenarios/", StringComparison.Ordinal))];
        Assert.True(scenarios.Length > 20, $"{scenarios.Length} files");

        // But for the test interface of the kernel, which is no program's to use.
        Findings.None(scenarios.Where(file => !file.Path.EndsWith("/MockDevice.Unsafe.cs", StringComparison.Ordinal) && file.Code.Contains(".Ioctl(", StringComparison.Ordinal)).Select(file => file.Path));
    }
}
