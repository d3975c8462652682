using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Everything that stands on a page table, made and destroyed by several threads at once with devices that come and go. Nothing may throw, hang or stay.</summary>
[TestClass(DisableParallelization = true)] // Takes every core.
public sealed class NestingStressTests
{
    private const int Threads = 4;
    private const int Rounds = 4_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Threads_that_meet_on_the_same_objects_leave_nothing_behind(int seed)
    {
        using var machine = new Machine("selftest");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        nint page = machine.Calls.Mmap(4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        IommuIoasAlloc ioas = new() { Size = 12 };
        Assert.Equal(0, machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, StructBytes.AsBytes(ref ioas)));
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() => new Worker(machine, iommufd, ioas.OutIoasId, page, new Random((seed * Threads) + number)).Run()))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        machine.Calls.Munmap(page, 4096);
        Assert.Equal(0, machine.Calls.Close(iommufd));
        Assert.Empty(machine.Calls.FindLeaks());
    }

    private sealed class Worker(Machine machine, int iommufd, uint ioas, nint page, Random random)
    {
        private readonly List<int> _queues = [];

        public void Run()
        {
            for (int i = 0; i < Rounds; i++)
            {
                Step();
            }

            _queues.ForEach(queue => machine.Calls.Close(queue));
        }

        // Ids are few, so that threads meet; most are of another type than wanted.
        private uint Id() => (uint)random.Next(1, 24);

        private void Step()
        {
            switch (random.Next(16))
            {
                case 0:
                    Test(new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS, Id = ioas, MockDomainFlagsDevFlags = (uint)random.Next(2) * MOCK_FLAGS_DEVICE_PASID });
                    break;
                case 1:
                    IommuHwptAlloc table = new() { Size = 48, DevId = Id(), PtId = ioas, Flags = random.Next(3) switch { 0 => 1u, 1 => 8, _ => 4 }, FaultId = Id() };
                    Call(IommufdUapi.IOMMU_HWPT_ALLOC, ref table);
                    break;
                case 2:
                    IommuHwptAlloc nested = new()
                    {
                        Size = 48,
                        DevId = Id(),
                        PtId = Id(),
                        Flags = (uint)random.Next(4) << 2,
                        FaultId = Id(),
                        DataType = IOMMU_HWPT_DATA_SELFTEST,
                        DataLen = 4,
                        DataUptr = (ulong)page,
                    };
                    Call(IommufdUapi.IOMMU_HWPT_ALLOC, ref nested);
                    break;
                case 3:
                    IommuViommuAlloc viommu = new() { Size = 40, Type = IOMMU_VIOMMU_TYPE_SELFTEST, DevId = Id(), HwptId = Id(), DataLen = (uint)random.Next(2) * 24, DataUptr = (ulong)page };
                    Call(IommufdUapi.IOMMU_VIOMMU_ALLOC, ref viommu);
                    break;
                case 4:
                    IommuVdeviceAlloc vdevice = new() { Size = 24, ViommuId = Id(), DevId = Id(), VirtId = (ulong)random.Next(3) };
                    Call(IommufdUapi.IOMMU_VDEVICE_ALLOC, ref vdevice);
                    break;
                case 5 when _queues.Count < 8:
                    IommuVeventqAlloc veventq = new() { Size = 32, ViommuId = Id(), Type = IOMMU_VEVENTQ_TYPE_SELFTEST, VeventqDepth = 2 };
                    if (Call(IommufdUapi.IOMMU_VEVENTQ_ALLOC, ref veventq) == 0)
                    {
                        _queues.Add(veventq.OutVeventqFd);
                    }

                    break;
                case 6 when _queues.Count < 8:
                    IommuFaultAlloc faults = new() { Size = 16 };
                    if (Call(IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, ref faults) == 0)
                    {
                        _queues.Add(faults.OutFaultFd);
                    }

                    break;
                case 7 when _queues.Count != 0:
                    int at = random.Next(_queues.Count);
                    machine.Calls.Close(_queues[at]);
                    _queues.RemoveAt(at);
                    break;
                case 8 when _queues.Count != 0:
                    Span<byte> buffer = stackalloc byte[80];
                    int queue = _queues[random.Next(_queues.Count)];
                    nint read = machine.Calls.Read(queue, buffer);
                    if (read > 0)
                    {
                        machine.Calls.Write(queue, buffer[36..44]);
                    }

                    break;
                case 9:
                    Test(new() { Op = IOMMU_TEST_OP_TRIGGER_IOPF, TriggerIopfDevId = Id(), TriggerIopfPasid = (uint)random.Next(3) });
                    Test(new() { Op = IOMMU_TEST_OP_TRIGGER_VEVENT, TriggerVeventDevId = Id() });
                    break;
                case 10:
                    Test(new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, Id = Id(), MockDomainReplacePtId = Id() });
                    break;
                case 11:
                    Test(new() { Op = IOMMU_TEST_OP_PASID_ATTACH, Id = Id(), PasidAttachPasid = (uint)random.Next(1, 3), PasidAttachPtId = Id() });
                    break;
                case 12:
                    Test(new() { Op = IOMMU_TEST_OP_PASID_REPLACE, Id = Id(), PasidReplacePasid = (uint)random.Next(1, 3), PasidReplacePtId = Id() });
                    Test(new() { Op = IOMMU_TEST_OP_PASID_DETACH, Id = Id(), PasidDetachPasid = (uint)random.Next(1, 3) });
                    break;
                case 13:
                    nint mapped = machine.Calls.Mmap(8192, MmapProtection.Read, MmapFlags.Shared, iommufd, 4096 + (8192 * random.Next(2)));
                    if (mapped is >= 0 or < -4095)
                    {
                        machine.Calls.Munmap(mapped, 4096);
                        machine.Calls.Munmap(mapped + 4096, 4096);
                    }

                    break;
                default:
                    IommuDestroy destroy = new() { Size = 8, Id = Id() };
                    if (destroy.Id != ioas)
                    {
                        Call(IommufdUapi.IOMMU_DESTROY, ref destroy);
                    }

                    break;
            }
        }

        private void Test(IommuTestCmd command)
        {
            command.Size = 72;
            Call(IOMMU_TEST_CMD, ref command);
        }

        private int Call<T>(uint request, ref T argument)
            where T : unmanaged => machine.Calls.Ioctl(iommufd, request, StructBytes.AsBytes(ref argument));
    }
}
