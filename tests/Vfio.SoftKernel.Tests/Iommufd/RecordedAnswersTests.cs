using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Four hundred calls, hostile and otherwise: each answers as the recorded Linux 7.2.13 did, on four IOMMUs.</summary>
public sealed class RecordedAnswersTests
{
    [Theory]
    [InlineData("intel")]
    [InlineData("nosnoop")]
    [InlineData("amd")]
    [InlineData("virtio")]
    public void The_soft_kernel_answers_every_call_as_linux_did(string machine)
    {
        IommuUnit unit = machine switch
        {
            "intel" => Units.Intel(),
            "nosnoop" => Units.Intel(snoopControl: false),
            "amd" => Units.Amd(),
            _ => Units.Virtio(),
        };
        SoftDevice device = Units.Device(unit);
        Units.Group(1, device);

        string[] expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "transcripts", $"iommufd-7.2.13-{machine}.txt"));
        string[] actual = new RecordedAnswers(device).Run().TrimEnd('\n').Split('\n');

        for (int i = 0; i < expected.Length && i < actual.Length; i++)
        {
            Assert.Equal($"{i + 1}: {expected[i]}", $"{i + 1}: {actual[i]}");
        }

        Assert.Equal(expected.Length, actual.Length);
    }
}
