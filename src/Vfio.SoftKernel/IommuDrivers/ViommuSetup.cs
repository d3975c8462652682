using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>What a driver is given to make its half of a vIOMMU from.</summary>
/// <param name="Viommu">iommufd's half, not published yet.</param>
/// <param name="Device">The device it is asked for.</param>
/// <param name="Parent">The second stage below it.</param>
internal readonly record struct ViommuSetup(Viommu Viommu, SoftDevice Device, IommuDomain Parent);
