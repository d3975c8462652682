using Edu;

namespace Vfio.Scenarios.Driving;

/// <summary>samples/Edu, the method the README shows.</summary>
public static class ReadmeSample
{
    /// <summary>By the interface that is decided for, by node and by group.</summary>
    public static Scenario Scenario { get; } = new("the README's sample", context =>
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(30));
        foreach (InterfaceChoice by in (InterfaceChoice[])[InterfaceChoice.Auto, InterfaceChoice.Device, InterfaceChoice.Group])
        {
            bool same = EduSample.RunAsync(context.Host, context.Edu, new DevicePolicy(by), late.Token).GetAwaiter().GetResult();
            ScenarioContext.Check(same, $"{by}: other bytes came back");
        }
    });
}
