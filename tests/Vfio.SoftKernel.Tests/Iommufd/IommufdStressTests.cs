using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Many threads on one iommufd: whatever they race, the lock order holds, every pin is given back and every id is free in the end.</summary>
public sealed class IommufdStressTests
{
    [Fact]
    public void Racing_callers_leave_nothing_behind()
    {
        IommufdClient client = new();
        SoftDevice device = Units.Device(Units.Amd());
        Units.Group(1, device);
        Assert.Equal(Errno.None, IommufdDevice.Bind(client.File, device, out IommufdDevice? bound));
        uint[] spaces = [client.AllocIoas(), client.AllocIoas()];
        uint start = spaces[0];
        Assert.Equal(Errno.None, bound!.Attach(ref start));

        long until = Environment.TickCount64 + 1500;
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, 5).Select(number => new Thread(() => Guard(() => Race(number))))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Null(failure);

        bound.Detach();
        bound.Unbind();
        client.File.Put();
        Assert.True(client.File.Objects.IsEmpty);
        client.Memory.Remove(client.Region);
        Assert.True(client.Region.Backing.IsFreed);

        void Race(int number)
        {
            Random random = new(number);
            byte[] buffer = new byte[100];
            while (Environment.TickCount64 < until)
            {
                uint space = spaces[random.Next(2)];
                ulong iova = (ulong)random.Next(1, 32) * 0x1000;
                ulong length = (ulong)random.Next(1, 4) * 0x1000;
                switch (number == 0 ? random.Next(4) : 4 + random.Next(6))
                {
                    case 0 or 1 or 2:
                        uint target = space;
                        bound.Replace(ref target);
                        break;
                    case 3:
                        device.Dma.TryRead(iova, buffer);
                        break;
                    case 4 or 5:
                        client.MapFixed(space, IommufdClient.Base + iova, length, iova);
                        break;
                    case 6:
                        client.Unmap(space, iova, ref length);
                        break;
                    case 7:
                        client.Copy(space, spaces[random.Next(2)], 6, length, ref iova, iova);
                        break;
                    case 8:
                        client.AllocHwpt(new IommuHwptAlloc { DevId = bound.Id, PtId = space }, out uint made);
                        client.Destroy(made);
                        break;
                    default:
                        client.UnmapAll(space);
                        client.Destroy((uint)random.Next(4, 12));
                        break;
                }
            }
        }

        void Guard(Action action)
        {
            try
            {
                action();
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        }
    }
}
