using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>The machine's NVMe controller, taken from its driver for a while, opened and brought up.</summary>
public sealed class NvmeFunction : IDisposable
{
    private readonly ScenarioContext _context;
    private readonly VfioDevice _device;

    /// <param name="context">Where.</param>
    /// <param name="by">The interface it is opened by.</param>
    /// <param name="vectors">MSI-X vectors; 0: everything is polled for.</param>
    public NvmeFunction(ScenarioContext context, InterfaceChoice by, int vectors)
    {
        _context = context;
        _context.Host.Binding.Bind(_context.Nvme);
        try
        {
            _device = context.Host.Open(context.Nvme, new DevicePolicy(by));
            try
            {
                Controller = NvmeController.Start(_device, useInterrupts: vectors > 0, vectors: Math.Max(vectors, 1));
                Namespace = Controller.IdentifyNamespace(Controller.ListNamespaces()[0]);
            }
            catch
            {
                Controller?.Dispose();
                _device.Dispose();
                throw;
            }
        }
        catch
        {
            _context.Host.Binding.Unbind(_context.Nvme);
            throw;
        }
    }

    /// <summary>The controller, enabled.</summary>
    public NvmeController Controller { get; }

    /// <summary>Its first namespace.</summary>
    public NvmeNamespace Namespace { get; }

    /// <summary>The device it is driven by.</summary>
    public VfioDevice Device => _device;

    /// <summary>Shuts it down, closes it and lets its driver have it again.</summary>
    public void Dispose()
    {
        Controller.Dispose();
        _device.Dispose();
        _context.Host.Binding.Unbind(_context.Nvme);
    }
}
