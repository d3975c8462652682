using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>The mock driver's half of a vIOMMU: caches of devices, queues in a row, two pages to be mapped. Linux: struct mock_viommu.</summary>
internal sealed class MockViommu : ViommuDriver
{
    private const ulong MappedBytes = 8192;

    private readonly Lock _lock = new();
    private readonly HwQueue?[] _queues = new HwQueue?[IommufdTestUapi.IOMMU_TEST_HW_QUEUE_MAX];
    private readonly Viommu _viommu;
    private ulong _mapping;

    private MockViommu(Viommu viommu) => _viommu = viommu;

    /// <summary>mock_viommu_init: with data, what it says comes back in it and at the beginning of the pages.</summary>
    public static Errno Create(ViommuSetup setup, UserData data, out MockViommu? created)
    {
        created = null;
        MockViommu viommu = new(setup.Viommu);
        if (data.IsPresent)
        {
            Errno error = data.Read(IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST, 8, out IommuViommuSelftest selftest);
            if (error != Errno.None)
            {
                return error;
            }

            uint value = selftest.InData;
            error = setup.Viommu.Context.AllocateMapping(setup.Viommu, MappedBytes, StructBytes.AsBytes(ref value), out viommu._mapping);
            if (error != Errno.None)
            {
                return error;
            }

            selftest.OutData = selftest.InData;
            selftest.OutMmapLength = MappedBytes;
            selftest.OutMmapOffset = viommu._mapping;
            error = data.Write(IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST, 8, ref selftest);
            if (error != Errno.None)
            {
                viommu.Destroy();
                return error;
            }
        }

        created = viommu;
        return Errno.None;
    }

    /// <summary>mock_viommu_alloc_domain_nested.</summary>
    public override Errno AllocateNested(uint flags, UserData data, out NestedDomain? domain)
        => MockDriver.AllocateNested(_viommu.Parent.Domain, _viommu, flags, data, out domain);

    /// <summary>mock_viommu_cache_invalidate: all requests are read before the first is carried out. None at all only asks for the type.</summary>
    public override Errno Invalidate(ref UserDataArray requests)
    {
        if (requests.Count == 0 && requests.Type == IommufdTestUapi.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST)
        {
            return Errno.None;
        }

        var all = new IommuViommuInvalidateSelftest[requests.Count];
        Errno error = requests.ReadAll<IommuViommuInvalidateSelftest>(IommufdTestUapi.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST, all);
        requests.Count = 0;
        for (int i = 0; error == Errno.None && i < all.Length; i++)
        {
            error = Invalidate(all[i]);
            if (error == Errno.None)
            {
                requests.Count++;
            }
        }

        return error;
    }

    public override bool HasQueue(uint type) => type == IommufdTestUapi.IOMMU_HW_QUEUE_TYPE_SELFTEST;

    /// <summary>mock_hw_queue_init_phys: the queues stand in a row, each a user of the one before.</summary>
    public override Errno CreateQueue(HwQueue queue, uint index)
    {
        if (index >= (uint)_queues.Length)
        {
            return Errno.EINVAL;
        }

        lock (_lock)
        {
            if (_queues[index] is not null)
            {
                return Errno.EEXIST;
            }

            if (index != 0)
            {
                if (_queues[index - 1] is not { } previous)
                {
                    return Errno.EIO;
                }

                previous.AddUser();
            }

            _queues[index] = queue;
            return Errno.None;
        }
    }

    /// <summary>mock_hw_queue_destroy.</summary>
    public override void DestroyQueue(HwQueue queue)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_queues, queue);
            _queues[index] = null;
            if (index != 0)
            {
                _queues[index - 1]!.RemoveUser();
            }
        }
    }

    /// <summary>mock_viommu_destroy.</summary>
    public override void Destroy()
    {
        if (_mapping != 0)
        {
            _viommu.Context.FreeMapping(_mapping);
        }
    }

    private Errno Invalidate(IommuViommuInvalidateSelftest request)
    {
        if ((request.Flags & ~IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (request.CacheId > IommufdTestUapi.MOCK_DEV_CACHE_ID_MAX || _viommu.FindDevice(request.VdevId) is not MockDevice device)
        {
            return Errno.EINVAL;
        }

        if ((request.Flags & IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
        {
            Array.Clear(device.Cache);
        }
        else
        {
            Volatile.Write(ref device.Cache[request.CacheId], 0);
        }

        return Errno.None;
    }
}
