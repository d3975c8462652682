using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>One process with one iommufd open.</summary>
internal sealed class IommufdClient
{
    /// <summary>Where its memory is: 16 MiB.</summary>
    public const ulong Base = 0x4000_0000;

    private const ulong Scratch = 0x6000_0000;

    public IommufdClient(Credentials? credentials = null, bool allowUnsafeInterrupts = false, MemlockAccounts? accounts = null, bool testing = false, ISystemCalls? host = null)
    {
        Region = Memory.Add(Base, 0x100_0000);
        Memory.Add(Scratch, 0x1_0000);
        Task = new KernelTask(1, Memory, Files, credentials ?? Credentials.Root);
        IommufdModule module = new(host!, accounts ?? new MemlockAccounts())
        {
            AllowUnsafeInterrupts = allowUnsafeInterrupts,
            Test = testing ? new TestModule(static _ => false) : null,
        };
        File = module.Open(default);
    }

    public ArrayUserMemory Memory { get; } = new();

    public ArrayFileTable Files { get; } = new();

    public ArrayRegion Region { get; }

    public KernelTask Task { get; set; }

    public IommufdFile File { get; }

    /// <summary>ioctl with a struct the runtime vouches for.</summary>
    public int Call<T>(uint request, ref T argument)
        where T : unmanaged => File.Ioctl(Task, request, new UserArgument(StructBytes.AsBytes(ref argument)));

    /// <summary>ioctl with a number or an address.</summary>
    public int Call(uint request, ulong argument) => File.Ioctl(Task, request, new UserArgument(Memory, argument));

    /// <summary>IOMMU_TEST_CMD.</summary>
    public int Test(ref IommuTestCmd command)
    {
        command.Size = 72;
        return Call(IommufdTestUapi.IOMMU_TEST_CMD, ref command);
    }

    /// <summary>A mock device attached to an IOAS or HWPT: the selftest object, the page table, the bound device.</summary>
    public (uint Holder, uint Hwpt, uint Device) MockDomain(uint pageTable, uint flags = 0)
    {
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS, Id = pageTable, MockDomainFlagsDevFlags = flags };
        Assert.Equal(0, Test(ref command));
        return (command.MockDomainFlagsOutStdevId, command.MockDomainFlagsOutHwptId, command.MockDomainFlagsOutIdevId);
    }

    public uint AllocIoas()
    {
        IommuIoasAlloc alloc = new() { Size = 12 };
        Assert.Equal(0, Call(IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc));
        return alloc.OutIoasId;
    }

    public int Destroy(uint id)
    {
        IommuDestroy destroy = new() { Size = 8, Id = id };
        return Call(IommufdUapi.IOMMU_DESTROY, ref destroy);
    }

    public int Map(uint ioas, uint flags, ulong address, ulong length, ref ulong iova)
    {
        IommuIoasMap map = new() { Size = 40, Flags = flags, IoasId = ioas, UserVa = address, Length = length, Iova = iova };
        int result = Call(IommufdUapi.IOMMU_IOAS_MAP, ref map);
        iova = map.Iova;
        return result;
    }

    /// <summary>Maps for reading and writing at a fixed address.</summary>
    public int MapFixed(uint ioas, ulong address, ulong length, ulong iova) => Map(ioas, 7, address, length, ref iova);

    public int MapFile(uint ioas, uint flags, int fd, ulong start, ulong length, ref ulong iova)
    {
        IommuIoasMapFile map = new() { Size = 40, Flags = flags, IoasId = ioas, Fd = fd, Start = start, Length = length, Iova = iova };
        int result = Call(IommufdUapi.IOMMU_IOAS_MAP_FILE, ref map);
        iova = map.Iova;
        return result;
    }

    public int Unmap(uint ioas, ulong iova, ref ulong length)
    {
        IommuIoasUnmap unmap = new() { Size = 24, IoasId = ioas, Iova = iova, Length = length };
        int result = Call(IommufdUapi.IOMMU_IOAS_UNMAP, ref unmap);
        length = unmap.Length;
        return result;
    }

    public int UnmapAll(uint ioas)
    {
        ulong all = ulong.MaxValue;
        return Unmap(ioas, 0, ref all);
    }

    public int Copy(uint destination, uint source, uint flags, ulong length, ref ulong destinationIova, ulong sourceIova)
    {
        IommuIoasCopy copy = new()
        {
            Size = 40,
            Flags = flags,
            DstIoasId = destination,
            SrcIoasId = source,
            Length = length,
            DstIova = destinationIova,
            SrcIova = sourceIova,
        };
        int result = Call(IommufdUapi.IOMMU_IOAS_COPY, ref copy);
        destinationIova = copy.DstIova;
        return result;
    }

    public int Ranges(uint ioas, uint room, uint reserved, out uint count, out ulong alignment, out IommuIovaRange[] ranges)
    {
        IommuIoasIovaRanges call = new() { Size = 32, IoasId = ioas, NumIovas = room, Reserved = reserved, AllowedIovas = Scratch, OutIovaAlignment = 7 };
        int result = Call(IommufdUapi.IOMMU_IOAS_IOVA_RANGES, ref call);
        count = call.NumIovas;
        alignment = call.OutIovaAlignment;
        ranges = new IommuIovaRange[result is 0 or -(int)Errno.EMSGSIZE ? Math.Min(room, count) : 0];
        Memory.CopyIn(Scratch, StructBytes.AsBytes<IommuIovaRange>(ranges));
        return result;
    }

    public int Allow(uint ioas, uint reserved, params ulong[] ends)
    {
        Memory.CopyOut(Scratch, StructBytes.AsBytes<ulong>(ends));
        IommuIoasAllowIovas call = new() { Size = 24, IoasId = ioas, NumIovas = (uint)ends.Length / 2, Reserved = reserved, AllowedIovas = Scratch };
        return Call(IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, ref call);
    }

    public int Option(uint id, ushort op, ushort reserved, uint objectId, ref ulong value)
    {
        IommuOption option = new() { Size = 24, OptionId = id, Op = op, Reserved = reserved, ObjectId = objectId, Val64 = value };
        int result = Call(IommufdUapi.IOMMU_OPTION, ref option);
        value = option.Val64;
        return result;
    }

    public int VfioIoas(ushort op, ushort reserved, ref uint ioas)
    {
        IommuVfioIoas call = new() { Size = 12, IoasId = ioas, Op = op, Reserved = reserved };
        int result = Call(IommufdUapi.IOMMU_VFIO_IOAS, ref call);
        ioas = call.IoasId;
        return result;
    }

    public int AllocHwpt(IommuHwptAlloc command, out uint id)
    {
        command.Size = 48;
        int result = Call(IommufdUapi.IOMMU_HWPT_ALLOC, ref command);
        id = command.OutHwptId;
        return result;
    }

    public int HwInfo(ref IommuHwInfo info, Span<byte> data, bool badPointer = false)
    {
        Memory.CopyOut(Scratch, data);
        info.Size = 40;
        info.DataUptr = badPointer ? 1 : Scratch;
        int result = Call(IommufdUapi.IOMMU_GET_HW_INFO, ref info);
        Memory.CopyIn(Scratch, data);
        return result;
    }
}
