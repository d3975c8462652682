namespace Vfio;

/// <summary>What a bus or slot reset of a device would reset along (VFIO_DEVICE_GET_PCI_HOT_RESET_INFO).</summary>
/// <param name="Functions">Every function it touches, the device itself among them.</param>
/// <param name="IsOwned">
/// Whether everything is this program's to reset, as the kernel says of a device opened by its node; null for one opened by group, whose groups decide.
/// </param>
public sealed record HotResetInfo(IReadOnlyList<HotResetFunction> Functions, bool? IsOwned);
