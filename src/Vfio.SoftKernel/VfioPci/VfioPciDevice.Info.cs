using System.Buffers.Binary;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Topology;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

// VFIO_DEVICE_GET_INFO and VFIO_DEVICE_GET_REGION_INFO.
internal sealed partial class VfioPciDevice
{
    private Errno GetInfo(UserArgument argument)
    {
        var info = default(VfioDeviceInfo);
        const int Smallest = 16;
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        if (argument.CopyIn(0, bytes[..Smallest]) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (info.Argsz < Smallest)
        {
            return Errno.EINVAL;
        }

        int length = (int)Math.Min(info.Argsz, (uint)bytes.Length);
        info.Flags = VfioUapi.VFIO_DEVICE_FLAGS_PCI | (_resetWorks ? VfioUapi.VFIO_DEVICE_FLAGS_RESET : 0);
        info.NumRegions = VfioUapi.VFIO_PCI_NUM_REGIONS + (uint)_device.DeviceRegions.Count;
        info.NumIrqs = VfioUapi.VFIO_PCI_NUM_IRQS;
        var capabilities = new InfoCapabilities(bytes.Length);
        uint atomics = AtomicCompletion.Of(_device.PhysicalFunction?.Model ?? Model, Core.Module.BridgeAbove);
        if (atomics != 0)
        {
            var atomic = new VfioDeviceInfoCapPciAtomicComp
            {
                Header = new() { Id = (ushort)VfioUapi.VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP, Version = 1 },
                Flags = atomics,
            };
            capabilities.Add(StructBytes.AsBytes(ref atomic));
        }

        if (!capabilities.IsEmpty)
        {
            info.Flags |= VfioUapi.VFIO_DEVICE_FLAGS_CAPS;
            fault = capabilities.CopyOut(argument, ref info.Argsz, ref info.CapOffset);
            if (fault != Errno.None)
            {
                return fault;
            }
        }

        return argument.CopyOut(0, bytes[..length]);
    }

    private Errno GetRegionInfo(UserArgument argument)
    {
        var info = default(VfioRegionInfo);
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (info.Argsz < bytes.Length)
        {
            return Errno.EINVAL;
        }

        const uint ReadWrite = VfioUapi.VFIO_REGION_INFO_FLAG_READ | VfioUapi.VFIO_REGION_INFO_FLAG_WRITE;
        // Where no capability follows, the caller's cap_offset comes back as it was.
        info.Flags = 0;
        var capabilities = new InfoCapabilities(bytes.Length);
        switch (info.Index)
        {
            case VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX:
                info.Size = (ulong)Config.Size;
                info.Flags = ReadWrite;
                break;
            case < VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                info.Size = Model.BarSize((int)info.Index);
                if (info.Size != 0)
                {
                    info.Flags = ReadWrite;
                    AddMappable(ref info, capabilities);
                }

                break;
            case VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                info.Size = HasRom ? Model.BarSize(PciModel.RomBar) : 0;
                info.Flags = info.Size != 0 ? VfioUapi.VFIO_REGION_INFO_FLAG_READ : 0;
                break;
            default:
                if (DeviceRegion(info.Index) is not { } region)
                {
                    return Errno.EINVAL;
                }

                info.Size = region.Size;
                info.Flags = VfioUapi.VFIO_REGION_INFO_FLAG_READ;
                var type = new VfioRegionInfoCapType
                {
                    Header = new() { Id = (ushort)VfioUapi.VFIO_REGION_INFO_CAP_TYPE, Version = 1 },
                    Type = (uint)region.Type,
                    Subtype = (uint)region.Subtype,
                };
                capabilities.Add(StructBytes.AsBytes(ref type));
                break;
        }

        info.Offset = _regionBase + ((ulong)info.Index << OffsetShift);
        if (!capabilities.IsEmpty)
        {
            info.Flags |= VfioUapi.VFIO_REGION_INFO_FLAG_CAPS;
            fault = capabilities.CopyOut(argument, ref info.Argsz, ref info.CapOffset);
            if (fault != Errno.None)
            {
                return fault;
            }
        }

        return argument.CopyOut(0, bytes);
    }

    // What of a BAR may be mapped: all of it, or what the sparse list says; with the vector table, or there is none.
    private void AddMappable(ref VfioRegionInfo info, InfoCapabilities capabilities)
    {
        IReadOnlyList<PciBarArea> areas = MappableAreas((int)info.Index);
        if (areas.Count == 0)
        {
            return;
        }

        info.Flags |= VfioUapi.VFIO_REGION_INFO_FLAG_MMAP;
        if (info.Index == _msixBar)
        {
            var mappable = new VfioInfoCapHeader { Id = (ushort)VfioUapi.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, Version = 1 };
            capabilities.Add(StructBytes.AsBytes(ref mappable));
        }

        if (areas[0].Size < info.Size)
        {
            var sparse = new VfioRegionInfoCapSparseMmap
            {
                Header = new() { Id = (ushort)VfioUapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP, Version = 1 },
                NrAreas = (uint)areas.Count,
            };
            Span<VfioRegionSparseMmapArea> list = areas.Select(static area => new VfioRegionSparseMmapArea { Offset = area.Offset, Size = area.Size }).ToArray();
            capabilities.Add([.. StructBytes.AsBytes(ref sparse), .. StructBytes.AsBytes(list)]);
        }
    }

    // vfio_pci_core_register_dev_region.
    private DeviceRegionTopology? DeviceRegion(uint index)
        => index - VfioUapi.VFIO_PCI_NUM_REGIONS is var number && number < (uint)_device.DeviceRegions.Count ? _device.DeviceRegions[(int)number] : null;

    // pci_map_rom: a ROM without the signature is none.
    private bool HasRom
    {
        get
        {
            if (Model.BarSize(PciModel.RomBar) == 0)
            {
                return false;
            }

            Span<byte> signature = stackalloc byte[2];
            Model.ReadBar(PciModel.RomBar, 0, signature);
            return BinaryPrimitives.ReadUInt16LittleEndian(signature) == 0xaa55;
        }
    }
}
