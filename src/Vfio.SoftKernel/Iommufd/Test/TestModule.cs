using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>
/// A kernel built with CONFIG_IOMMUFD_TEST: the mock IOMMU and the devices behind it, made and driven by IOMMU_TEST_CMD. Linux:
/// drivers/iommu/iommufd/selftest.c. Nothing in this room exists on a machine whose topology does not ask for it.
/// </summary>
/// <remarks>Its lock is a leaf.</remarks>
/// <param name="isGroupTaken">Is this number one of the machine's own IOMMU groups?</param>
internal sealed class TestModule(Func<int, bool> isGroupTaken)
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _devices = [];
    private readonly HashSet<int> _groups = [];
    private readonly List<IommufdFile> _files = [];

    /// <summary>As /sys/class/iommu names the mock IOMMU.</summary>
    public const string UnitName = "iommufd_selftest_iommu.0";

    /// <summary>The mock IOMMU. Page sizes: every power of two from 2 KiB to what its three levels hold (amdv1 with a 2 KiB granule).</summary>
    public IommuUnit Unit { get; } = new()
    {
        Name = UnitName,
        Kind = IommuKind.Mock,
        PageSizes = (1UL << 37) - IommufdTestUapi.MOCK_PAGE_SIZE,
        ApertureFirst = IommufdTestUapi.MOCK_APERTURE_START,
        ApertureLast = IommufdTestUapi.MOCK_APERTURE_LAST,
    };

    /// <summary>A table of MOCK_IOMMUPT_HUGE: 1 MiB pages, and 4 KiB ones because iommufd takes no table without; no aperture forced on it.</summary>
    public static IommuGeometry HugeGeometry => new(IommufdTestUapi.MOCK_HUGE_PAGE_SIZE | 4096, 0, (1UL << 38) - 1);

    /// <summary>iommufd_test_memory_limit: how much the kernel's own batches may take; it has no part in any answer.</summary>
    public uint MemoryLimit { get; set; } = 65536;

    /// <summary>The iommufds open now: whose pins MD_CHECK_REFS counts.</summary>
    public IReadOnlyList<IommufdFile> Files
    {
        get
        {
            lock (_lock)
            {
                return [.. _files];
            }
        }
    }

    /// <summary>mock_dev_create: a device in a group of its own. EINVAL for a flag that is not there.</summary>
    public Errno CreateDevice(uint flags, out MockDevice? device)
    {
        device = null;
        if ((flags & ~(IommufdTestUapi.MOCK_FLAGS_DEVICE_NO_DIRTY | IommufdTestUapi.MOCK_FLAGS_DEVICE_PASID)) != 0)
        {
            return Errno.EINVAL;
        }

        int number = 0;
        int groupId = 0;
        lock (_lock)
        {
            while (!_devices.Add(number))
            {
                number++;
            }

            while (isGroupTaken(groupId) || !_groups.Add(groupId))
            {
                groupId++;
            }
        }

        device = new MockDevice(this, number, flags);
        new IommuGroup(groupId).Add(device);
        return Errno.None;
    }

    /// <summary>mock_dev_destroy.</summary>
    public void DestroyDevice(MockDevice device)
    {
        lock (_lock)
        {
            bool known = _devices.Remove(device.Number) & _groups.Remove(device.Group!.Id);
            Debug.Assert(known, "destroyed twice");
        }
    }

    /// <summary>An iommufd was opened.</summary>
    public void Opened(IommufdFile file)
    {
        lock (_lock)
        {
            _files.Add(file);
        }
    }

    /// <summary>An iommufd is being closed.</summary>
    public void Closed(IommufdFile file)
    {
        lock (_lock)
        {
            _files.Remove(file);
        }
    }
}
