namespace Vfio;

/// <summary>Hands functions to vfio-pci and back, after looking at what would break.</summary>
public sealed class DriverBinding
{
    internal DriverBinding(VfioHost host) => Host = host;

    private VfioHost Host { get; }

    /// <summary>What is in use on the function that unbinding it would break. Empty where it is safe.</summary>
    public IReadOnlyList<BindingHazard> FindHazards(PciAddress address) => throw new NotImplementedException();

    /// <summary>Binds the function to vfio-pci and waits for its node.</summary>
    /// <param name="address">The function.</param>
    /// <param name="force">Goes on in spite of hazards.</param>
    /// <param name="cancellationToken">Ends the wait for the node.</param>
    /// <exception cref="VfioRefusedException">A hazard was found.</exception>
    /// <exception cref="VfioException">The kernel refused; the sysfs file is named.</exception>
    public PciFunction Bind(PciAddress address, bool force = false, CancellationToken cancellationToken = default) => throw new NotImplementedException(Host.ToString());

    /// <summary>Takes the function from vfio-pci, clears driver_override and lets the kernel match it again.</summary>
    /// <exception cref="VfioException">The kernel refused; the sysfs file is named.</exception>
    public PciFunction Unbind(PciAddress address) => throw new NotImplementedException(Host.ToString());
}
