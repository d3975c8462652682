namespace Vfio.SoftKernel.Topology;

/// <summary>Facts of the kernel that is played.</summary>
public sealed record KernelTopology
{
    /// <summary>uname -r, in /proc/sys/kernel/osrelease.</summary>
    public string Release { get; set; } = "7.2.13";

    /// <summary>/proc/cmdline, without the newline.</summary>
    public string CommandLine { get; set; } = "";

    /// <summary>There is a /dev/kvm: virtual machines without CPUs, to register VFIO files with.</summary>
    public bool Kvm { get; set; }

    /// <summary>Built with CONFIG_IOMMUFD_TEST: IOMMU_TEST_CMD makes mock devices behind a mock IOMMU.</summary>
    public bool IommufdTest { get; set; }

    /// <summary>Module parameters as /sys/module shows them: module, parameter, value without the newline.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Modules { get; set; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>A Boolean module parameter as the kernel reads it; false where the topology does not name it.</summary>
    public bool IsOn(string module, string parameter) =>
        Modules.TryGetValue(module, out IReadOnlyDictionary<string, string>? parameters)
        && parameters.TryGetValue(parameter, out string? value)
        && value is "Y" or "y" or "1";
}
