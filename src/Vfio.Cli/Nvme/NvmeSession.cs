using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>A controller brought up, and all that must be given back when the command ends, whichever way it does.</summary>
internal sealed class NvmeSession : IDisposable
{
    private readonly Machine _machine;
    private readonly CancellationToken _cancellation;
    private readonly List<DmaBuffer> _buffers = [];

    /// <summary>Takes over the device, and the machine once this is made.</summary>
    public NvmeSession(Machine machine, VfioDevice device, int vectors, CancellationToken cancellation)
    {
        _machine = machine;
        _cancellation = cancellation;
        Device = device;
        try
        {
            Controller = NvmeController.Start(device, useInterrupts: vectors > 0, vectors: Math.Max(1, vectors), cancellation: cancellation);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public VfioDevice Device { get; }

    public NvmeController Controller { get; }

    /// <summary>Memory that the controller may use until it is shut down.</summary>
    public DmaBuffer Allocate(ulong bytes)
    {
        DmaBuffer buffer = Device.AllocateDma(bytes);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>The namespace that was asked for; without a wish the first.</summary>
    /// <exception cref="CommandException">It is not there, or its blocks cannot be moved.</exception>
    public NvmeNamespace Namespace(uint? wished)
    {
        IReadOnlyList<uint> ids = Controller.ListNamespaces(_cancellation);
        if (ids.Count == 0)
        {
            throw new CommandException(ExitCode.Failed, $"{Device.Address} has no namespace: it must be given one first, by its maker's tool or nvme-cli's create-ns and attach-ns.");
        }

        uint id = wished ?? ids[0];
        if (!ids.Contains(id))
        {
            throw new CommandException(ExitCode.Failed, string.Create(
                CultureInfo.InvariantCulture, $"{Device.Address} has no namespace {id}; it has {string.Join(", ", ids.Take(16))}{(ids.Count > 16 ? " and more" : "")}."));
        }

        NvmeNamespace ns = Controller.IdentifyNamespace(id, _cancellation);
        if (ns.BlockSize == 0 || ns.Blocks == 0 || ns.Blocks > ulong.MaxValue / (ulong)ns.BlockSize)
        {
            throw new CommandException(ExitCode.Failed, string.Create(
                CultureInfo.InvariantCulture, $"Namespace {id} of {Device.Address} says that it has {ns.Blocks} blocks of {ns.BlockSize} bytes: nothing can be read or written there."));
        }

        NvmeFormat format = Controller.ListFormats(id, _cancellation).FirstOrDefault(static format => format.IsInUse);
        return format.MetadataSize == 0 ? ns : throw new CommandException(ExitCode.Failed, string.Create(
            CultureInfo.InvariantCulture,
            $"Namespace {id} of {Device.Address} is formatted with {format.MetadataSize} bytes of metadata a block, which vfio does not move. Another format is one without."));
    }

    /// <summary>First the controller, which uses the memory; the device is reset as it closes.</summary>
    public void Dispose()
    {
        try
        {
            Controller.Dispose();
            _buffers.ForEach(static buffer => buffer.Dispose());
        }
        finally
        {
            Device.Dispose();
            _machine.Dispose();
        }
    }
}
