using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>A namespace, and the ways it can be formatted.</summary>
internal sealed record NamespaceReport(NvmeNamespace Namespace, IReadOnlyList<NvmeFormat> Formats);
