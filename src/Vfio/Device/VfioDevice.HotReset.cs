using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio;

// Resets that touch more than the function, and the proof that the rest is this program's, too.
public sealed partial class VfioDevice
{
    /// <summary>Which functions a bus or slot reset would touch (VFIO_DEVICE_GET_PCI_HOT_RESET_INFO).</summary>
    /// <exception cref="VfioException">ENODEV: it can be reset neither by slot nor by bus.</exception>
    public HotResetInfo GetHotResetInfo()
    {
        const string Operation = nameof(VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO);
        int head = StructBytes.SizeOf<VfioPciHotResetInfo>();
        int entry = StructBytes.SizeOf<VfioPciDependentDevice>();
        uint room = 8;
        for (int tries = 0; ; tries++)
        {
            byte[] answer = new byte[head + (room * entry)];
            BinaryPrimitives.WriteUInt32LittleEndian(answer, (uint)answer.Length);
            int result = Handle.Ioctl(VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, answer.AsSpan());
            _ = StructBytes.TryRead(answer, out VfioPciHotResetInfo info);
            if (result == -(int)Errno.ENOSPC && info.Count > room && info.Count <= ushort.MaxValue)
            {
                room = info.Count;
                continue;
            }

            // Linux 7.2 says EAGAIN where a function came or went while it counted.
            if (result == -(int)Errno.EAGAIN && tries < 100)
            {
                continue;
            }

            Handle.Check(result, Operation);
            bool byDevice = (info.Flags & VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID) != 0;
            HotResetFunction[] functions = new HotResetFunction[Math.Min(info.Count, room)];
            for (int i = 0; i < functions.Length; i++)
            {
                _ = StructBytes.TryRead(answer.AsSpan(head + (i * entry)), out VfioPciDependentDevice function);
                functions[i] = Read(function, byDevice);
            }

            return new HotResetInfo(functions, byDevice ? (info.Flags & VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED) != 0 : null);
        }
    }

    /// <summary>
    /// Resets the device with everything on its bus or slot (VFIO_DEVICE_PCI_HOT_RESET), where all of that is this program's. How it is shown follows from how the device was opened: by
    /// its node the kernel knows from the iommufd; by group, each touched group must be open here.
    /// </summary>
    /// <param name="otherGroups">
    /// Groups of the program's beside the device's own; those the reset touches are shown to the kernel, the others left out. For a device opened by its node none are needed.
    /// </param>
    /// <exception cref="VfioRefusedException">A function it touches is not this program's: names it. Nothing was reset.</exception>
    /// <exception cref="VfioException">ENODEV: it can be reset neither by slot nor by bus. EBUSY: one of the functions is in use at the moment.</exception>
    public void HotReset(params ReadOnlySpan<VfioGroup> otherGroups)
    {
        HotResetInfo info = GetHotResetInfo();
        Span<int> descriptors = default;
        List<VfioGroup> shown = [];
        if (info.IsOwned is null)
        {
            Prove(info, otherGroups, shown);
            descriptors = new int[shown.Count];
        }
        else if (info.IsOwned == false)
        {
            throw Refuse(info.Functions.FirstOrDefault(static function => function.IsOwned == false), "bind it to the same iommufd, or hand it back to no driver");
        }

        int held = 0;
        try
        {
            for (; held < descriptors.Length; held++)
            {
                bool added = false;
                shown[held].Handle.DangerousAddRef(ref added);
                descriptors[held] = shown[held].Handle.Fd;
            }

            HotReset(descriptors);
        }
        finally
        {
            while (held-- > 0)
            {
                shown[held].Handle.DangerousRelease();
            }
        }
    }

    private static HotResetFunction Read(in VfioPciDependentDevice function, bool byDevice)
    {
        PciAddress address = new(function.Segment, function.Bus, (byte)(function.Devfn >> 3), (byte)(function.Devfn & 7));
        bool owned = function.Devid != VfioUapi.VFIO_PCI_DEVID_NOT_OWNED;
        return byDevice
            ? new HotResetFunction(address, null, owned && function.Devid != VfioUapi.VFIO_PCI_DEVID_OWNED ? function.Devid : null, owned)
            : new HotResetFunction(address, (int)function.GroupId, null, null);
    }

    // Each touched group once; the kernel refuses more descriptors than functions.
    private void Prove(HotResetInfo info, ReadOnlySpan<VfioGroup> otherGroups, List<VfioGroup> shown)
    {
        int? own = info.Functions.FirstOrDefault(function => function.Address == Address)?.GroupId;
        foreach (HotResetFunction function in info.Functions.DistinctBy(static function => function.GroupId))
        {
            VfioGroup? mine = function.GroupId == own ? Group : null;
            foreach (VfioGroup group in otherGroups)
            {
                mine ??= group.Id == function.GroupId ? group : null;
            }

            shown.Add(mine ?? throw Refuse(function, $"open its group, {function.GroupId}, and give it here"));
        }
    }

    private VfioRefusedException Refuse(HotResetFunction? function, string cure) =>
        new("VFIO_DEVICE_PCI_HOT_RESET", Address.ToString(), $"The reset touches {function?.Address.ToString() ?? "a function"}, which is not this program's: {cure}.");

    private void HotReset(ReadOnlySpan<int> groups)
    {
        int head = StructBytes.SizeOf<VfioPciHotReset>();
        byte[] request = new byte[head + (groups.Length * sizeof(int))];
        _ = StructBytes.TryWrite(request, new VfioPciHotReset { Argsz = (uint)request.Length, Count = (uint)groups.Length });
        for (int i = 0; i < groups.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(head + (i * sizeof(int))), groups[i]);
        }

        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_PCI_HOT_RESET, request.AsSpan()), nameof(VfioUapi.VFIO_DEVICE_PCI_HOT_RESET));
    }
}
