using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>What an NVMe controller says of itself, and how it refuses.</summary>
public static class ControllerAnswers
{
    private const int GenericInvalidField = 0x02;
    private const int GenericInvalidNamespace = 0x0b;

    /// <summary>Identify, SMART, features, errors.</summary>
    public static Scenario Scenario(InterfaceChoice by, string name) => new($"NVMe identify, SMART and features, {name}", context =>
    {
        using NvmeFunction function = new(context, by, vectors: 2);
        NvmeController controller = function.Controller;
        NvmeNamespace ns = function.Namespace;
        NvmeIdentity identity = controller.Identify();
        ScenarioContext.Equal(function.Device.Config.VendorId, identity.VendorId);
        ScenarioContext.Equal(controller.Version, identity.Version);
        ScenarioContext.Check(identity.SerialNumber.Length > 0 && identity.Model.Length > 0 && identity.Firmware.Length > 0, "a controller without a name");
        context.Note(string.Create(
            CultureInfo.InvariantCulture, $"version {identity.Version}, MDTS {identity.MaximumTransferShift}, namespace {ns.Id} of {ns.Blocks} blocks of {ns.BlockSize}"));

        // Every command counts, and each by its kind.
        const int Reads = 10;
        const int Writes = 3;
        NvmeQueue queue = controller.CreateQueue(depth: Reads + Writes, useInterrupt: true);
        using DmaBuffer memory = function.Device.AllocateDma(4096);
        NvmeHealth before = controller.ReadHealth();
        for (int i = 0; i < Reads + Writes; i++)
        {
            ScenarioContext.Check(
                i < Writes ? queue.TryWrite(ns, (ulong)i, 1, memory, 0, out _) : queue.TryRead(ns, (ulong)i, 1, memory, 0, out _), "the queue is full too early");
        }

        queue.Ring();
        new Completions(queue).TakeAll(static completion => completion.ThrowIfFailed("Read or Write"));
        NvmeHealth after = controller.ReadHealth();
        ScenarioContext.Equal((byte)0, after.Warning);
        ScenarioContext.Check(after.Temperature is > 250 and < 400, $"{after.Temperature} K");
        ScenarioContext.Equal(before.ReadCommands + Reads, after.ReadCommands);
        ScenarioContext.Equal(before.WriteCommands + Writes, after.WriteCommands);
        ScenarioContext.Check(after.BytesRead >= before.BytesRead && after.BytesWritten >= before.BytesWritten, "less was moved than before");
        ScenarioContext.Equal(0ul, after.MediaErrors);

        // NCQA, NSQA: as many as there are doorbells and vectors for.
        const byte Temperature = 0x04;
        const byte NumberOfQueues = 0x07;
        const byte Unknown = 0x7f;
        context.Note(string.Create(CultureInfo.InvariantCulture, $"queues {controller.GetFeature(NumberOfQueues):x8}"));
        controller.SetFeature(Temperature, 0x150);
        ScenarioContext.Equal(0x150u, controller.GetFeature(Temperature));
        Refused(GenericInvalidField, () => controller.GetFeature(Unknown));
        Refused(GenericInvalidField, () => controller.SetFeature(Unknown, 1));
        Refused(GenericInvalidNamespace, () => controller.IdentifyNamespace(0));

        // It still answers.
        ScenarioContext.Equal(ns, controller.IdentifyNamespace(ns.Id));
        ScenarioContext.Check(controller.InterruptsReceived > 0, "no interrupt of the admin queue");
    });

    /// <summary>Told of unasked, once until the log page is read.</summary>
    public static Scenario Events(InterfaceChoice by, string name) => new($"NVMe events, {name}", context =>
    {
        using NvmeFunction function = new(context, by, vectors: 1);
        NvmeController controller = function.Controller;
        const byte Temperature = 0x04;
        const byte WantedEvents = 0x0b;
        const uint OfTemperature = 1 << 1;
        const byte Smart = 0x02;
        controller.SetFeature(WantedEvents, OfTemperature);
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(60));
        IAsyncEnumerator<NvmeEvent> events = controller.WatchEventsAsync(late.Token).GetAsyncEnumerator(late.Token);
        for (uint kelvin = 200; kelvin < 202; kelvin++)
        {
            Task<bool> told = events.MoveNextAsync().AsTask();
            controller.SetFeature(Temperature, kelvin);
            ScenarioContext.Check(told.GetAwaiter().GetResult(), "the events ended");
            context.Note(string.Create(CultureInfo.InvariantCulture, $"{events.Current.Kind} {events.Current.Information:x2}, log page {events.Current.LogPage:x2}"));
            ScenarioContext.Equal(Smart, events.Current.LogPage);
            ScenarioContext.Equal((byte)OfTemperature, controller.ReadHealth().Warning);
        }

        events.DisposeAsync().AsTask().GetAwaiter().GetResult();
        controller.SetFeature(Temperature, 0x157);
        ScenarioContext.Equal((byte)0, controller.ReadHealth().Warning);
    });

    private static void Refused(int status, Action command)
    {
        try
        {
            command();
        }
        catch (NvmeException refused) when (refused.Status == status)
        {
            return;
        }

        throw new ScenarioFailedException($"not refused with status 0x{status:x}");
    }
}
