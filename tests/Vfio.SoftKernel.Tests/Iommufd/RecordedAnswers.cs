using System.Globalization;
using System.Text;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>
/// The calls of tests/c/iommufd_answers.c, one after the other, each told as the line that program prints; so that what Linux printed can be compared with what
/// the soft kernel answers. Order matters: ids, mappings and attachments carry over.
/// </summary>
internal sealed class RecordedAnswers
{
    private const ulong M = ulong.MaxValue;
    private const ulong A = IommufdClient.Base;
    private const ulong Unaligned = 0x10000;

    private readonly StringBuilder _lines = new();
    private readonly IommufdClient _client;
    private readonly SoftDevice _device;
    private IommufdDevice? _bound;
    private bool _attached;
    private string _part = "gen";

    public RecordedAnswers(SoftDevice device)
    {
        _client = new IommufdClient(allowUnsafeInterrupts: true);
        _device = device;
    }

    public string Run()
    {
        Dispatch();
        OptionsAndContainer();
        uint first = _client.AllocIoas();
        OptionsOf(first);
        RangesAndAllowed(first);
        Maps(first);
        uint second = _client.AllocIoas();
        Copies(first, second);
        Unmaps(first, second);
        LargePages(first);
        Files(first);
        Compat(first, second);
        Device();
        return _lines.ToString();
    }

    private void Dispatch()
    {
        Raw(0x3b80, null, "badptr");
        Raw(0x3bff, null, "unknown nr");
        Raw(0x1280, null, "wrong type badptr");
        Raw(0x1280, [8, 99], "wrong type");
        Raw(0x3b80, [7, 99], "short");
        Raw(0x3b80, [12, 99, 1], "long nonzero");
        Raw(0x3b80, [12, 99, 0], "long zero noent");
        Raw(0x3b95, [0, 99, 0], "0x95");
        Raw(0x3b60, [0, 99, 0], "0x60");
        Raw(0x3b81, [12, 1, 0], "alloc flags");
    }

    private void OptionsAndContainer()
    {
        _part = "opt0";
        Option(0, 1, 0, 0, 9);
        Option(0, 0, 0, 0, 1);
        Option(0, 1, 0, 0, 9);
        Option(0, 0, 0, 0, 2);
        Option(0, 0, 0, 0, 0);
        Option(0, 0, 0, 5, 0);
        Option(0, 2, 0, 0, 0);
        Option(0, 1, 1, 0, 0);
        Option(2, 1, 0, 0, 0);
        Option(1, 1, 0, 77, 0);
        Option(1, 2, 0, 77, 0);
        VfioIoas(0, 0, 0);
        VfioIoas(1, 0, 55);
        VfioIoas(3, 0, 0);
        VfioIoas(0, 1, 0);
        VfioIoas(2, 0, 0);
        foreach (ulong extension in (ulong[])[1, 3, 4, 6, 9, 10, 77])
        {
            Extension(extension);
        }

        SetIommu(1);
        SetIommu(2);
        SetIommu(3);
        CompatInfo(15);
        CompatInfo(16);
        CompatMap(32, 3, A, 0x1000, 0x1000);
    }

    private void OptionsOf(uint ioas)
    {
        Option(0, 0, 0, 0, 1);
        Option(0, 0, 0, 0, 2);
        Option(0, 1, 0, 0, 9);
        Option(1, 1, 0, ioas, 9);
        Option(1, 0, 0, ioas, 2);
        Option(1, 2, 0, ioas, 0);
        Option(1, 0, 0, ioas, 0);
        Option(1, 1, 0, ioas, 9);
        Ranges(ioas, 32, 0);
        Option(1, 0, 0, ioas, 1);
        Option(1, 1, 1, ioas, 1);
    }

    private void RangesAndAllowed(uint ioas)
    {
        _part = "ranges";
        Ranges(ioas, 32, 0);
        Ranges(ioas, 0, 0);
        Ranges(ioas, 32, 1);
        Ranges(99, 32, 0);
        Ranges(0, 32, 0);

        _part = "allow";
        Allow(ioas, 0, 0x10000, 0x10000);
        Allow(ioas, 1, 0x10000, 0x10000);
        Allow(99, 1, 0x10000, 0x10000);
        Allow(99, 0, 0x10000, 0x10000);
        Allow(ioas, 0, 0x10000, 0x1ffff, 0x1ffff, 0x2ffff);
        Allow(ioas, 0, 0x20000, 0x10000);
        AllowFromNowhere(ioas);
        Allow(ioas, 0, 0x30000, 0x3ffff, 0x10000, 0x1ffff);
        Map(ioas, 6, A, 0x1000, 0);
        Map(ioas, 6, A, 0x11000, 0);
        Map(ioas, 7, A, 0x1000, 0x80000);
        Map(ioas, 6, A, 0x10000, 0);
        Map(ioas, 6, A, 0x10000, 0);
        Ranges(ioas, 32, 0);
        Allow(ioas, 0);
        Map(ioas, 6, A, 0x1000, 0);
        Map(ioas, 6, A + 0x1000, 0x10000, 0);
        Map(ioas, 6, A, 0x200000, 0);
        Map(ioas, 6, A + 0x800, 0x1000, 0);
        Map(ioas, 6, A + 3, 0x1000, 0);
        Map(ioas, 6, 0, 0x300000, 0);
        Map(ioas, 6, A, 0x400000, 0);
        Map(ioas, 6, A, 5, 0);
        Map(ioas, 6, A + 5, 5, 0);
        Map(ioas, 6, A, M / 2, 0);
        Map(ioas, 6, A, (M / 2) - 5, 0);
        for (int i = 0; i < 4; i++)
        {
            Map(ioas, 6, A, 1UL << 62, 0);
        }

        Unmap(ioas, 0, M);
        Unmap(ioas, 0, M);
        Allow(ioas, 0, 0x1000, 0x1fff, 0x2000, 0x2fff);
        Map(ioas, 6, A, 0x2000, 0);
        Map(ioas, 6, 0, 0x2000, 0);
        Map(ioas, 6, A, 0x1000, 0);
        Unmap(ioas, 0, M);
        Allow(ioas, 0, 0x1000, 0x1ffe, 0x2000, 0x2fff);
        Map(ioas, 6, A, 0x1000, 0);
        Unmap(ioas, 0, M);
        Allow(ioas, 0, 0, 0x1001);
        Map(ioas, 6, A, 2, 0);
        Map(ioas, 6, A, 1, 0);
        Map(ioas, 6, A + 1, 1, 0);
        Unmap(ioas, 0, M);
        Allow(ioas, 0);
    }

    private void Maps(uint ioas)
    {
        _part = "map";
        Map(ioas, 8, A, 0x1000, 0);
        IommuIoasMap reserved = new() { Size = 40, Flags = 6, IoasId = ioas, Reserved = 1, UserVa = A, Length = 0x1000 };
        Tell($"RAW 3b85 reserved = {_client.Call(IommufdUapi.IOMMU_IOAS_MAP, ref reserved)}");
        Map(ioas, 8 | 6, A, 0x1000, M);
        Map(ioas, 6, A, 0x1000, M);
        Map(ioas, 6, A, M, 0);
        Map(99, 1, A, 0x1000, M);
        Map(99, 1, A, 0x1000, 0);
        Map(99, 7, A, 0, 0);
        Map(ioas, 7, A, 0, 0x1000);
        Map(ioas, 7, M - 5, 0, 0x1000);
        Map(ioas, 7, M - 5, 0x1000, 0x1000);
        Map(ioas, 7, A, M - 1, 0x1000);
        Map(ioas, 7, 0, M - 1, 0x1000);
        Map(ioas, 7, 0, M - 0x1000, 0x1000);
        Map(ioas, 7, A, 0x1000, 0x1001);
        Map(ioas, 7, A, 5, 0x1001);
        Map(ioas, 7, A, 0x1000, 0x1002);
        Map(ioas, 7, A + 7, 0x1000, 0x5003);
        Map(ioas, 7, A, 0x1000, M - 1);
        Map(ioas, 7, A, 2, M - 1);
        Map(ioas, 7, A, 0x1000, M - 0x1000);
        Map(ioas, 7, A, 0x1000, M - 0xfff);
        Map(ioas, 3, A, 0x1000, 0x100000);
        Map(ioas, 5, A, 0x1000, 0x200000);
        Map(ioas, 7, 0x10, 0x1000, 0x300000);
        Map(ioas, 7, 0, 0x1000, 0x400000);
    }

    private void Copies(uint first, uint second)
    {
        _part = "copy";
        Copy(second, first, 8, 0x1000, 0, 0x100000);
        Copy(second, first, 6, M, 0, 0x100000);
        Copy(second, first, 6, 1, M, 0x100000);
        Copy(second, first, 6, 1, 1, M);
        Copy(99, 98, 1, 0, 0, 0);
        Copy(99, 98, 6, 0, 0, 0);
        Copy(second, 98, 6, 0, 0, 0);
        Copy(99, first, 6, 0, 0, 0x100000);
        Copy(99, first, 6, 0x1000, 0, 0x100000);
        Copy(second, first, 6, 0x1001, 0, 0x100000);
        Copy(second, first, 6, M - 1, 0, 0x100000);
        Copy(second, first, 6, 0x1000, 0, 0x100000);
        Copy(second, first, 3, 0x1000, 0x8000, 0x200000);
        Copy(second, first, 5, 0x1000, 0x8000, 0x200000);
        Copy(second, first, 5, 0x1000, 0x8000, 0x200000);
        Copy(second, first, 7, 0x800, 0x10000, 0x100400);
        Copy(first, first, 7, 0x1000, 0x101000, 0x100000);
        Copy(second, first, 7, 0x1800, 0x20000, 0x100400);
        Unmap(second, 0x20000, 0x1800);
        Unmap(second, 0x20000, 0x1800);
        Copy(second, first, 6, 0x1800, 0, 0x100400);
        Copy(second, first, 7, 0x10, M - 1, 0x100000);
        Copy(second, first, 7, 0x10, 0x20000, 0x300000);
        Ranges(second, 32, 0);
    }

    private void Unmaps(uint first, uint second)
    {
        _part = "unmap";
        Unmap(99, 0, 0);
        Unmap(first, 0, 0);
        Unmap(first, M, 5);
        Unmap(first, 5, M);
        Unmap(first, M - 1, 5);
        Unmap(first, 0x50000000, 0x1000);
        Unmap(first, 0x100000, 0x800);
        Unmap(first, 0x100800, 0x800);
        Unmap(first, 0x100000, 0x1800);
        Unmap(first, 0x100000, 0x2000);
        Unmap(first, 0x1fffff, 0x1002);
        Unmap(first, 0, M);
        Unmap(first, 0, M);
        Unmap(first, 0, M - 1);
        Unmap(second, 0, M);
    }

    private void LargePages(uint ioas)
    {
        _part = "hugeopt";
        Map(ioas, 7, A, 0x800, 0x800);
        Option(1, 0, 0, ioas, 0);
        Unmap(ioas, 0, M);
        Map(ioas, 7, A, 0x1000, 0x1000);
        Option(1, 0, 0, ioas, 0);
        Map(ioas, 7, A, 0x800, 0x8000);
        Option(1, 0, 0, ioas, 1);
        Unmap(ioas, 0, M);
    }

    private void Files(uint ioas)
    {
        _part = "file";
        _client.Files.Files[3] = new ArrayFile(null);
        _client.Files.Files[4] = new ArrayFile(new ArrayBacking(0x4000));
        MapFile(ioas, 8, "mf", 0, 0x1000);
        MapFile(99, 6, "bad", 0, 0);
        MapFile(ioas, 6, "bad", 0, 0);
        MapFile(ioas, 6, "bad", M - 5, 0x1000);
        MapFile(ioas, 6, "bad", 0, 0x1000);
        MapFile(ioas, 6, "iommufd", 0, 0x1000);
        MapFile(ioas, 6, "mf", 0, 0x1000);
        MapFile(ioas, 6, "mf", 0x3000, 0x2000);
        MapFile(ioas, 6, "mf", 0x3000, M - 0x800);
        MapFile(ioas, 6, "mf", 0, M - 0x800);
        MapFile(ioas, 6, "mf", 0x800, 0x1000);
        MapFile(ioas, 1, "mf", 0, 0x1000);
        Unmap(ioas, 0, M);
    }

    private void Compat(uint first, uint second)
    {
        _part = "compat";
        VfioIoas(1, 0, first);
        VfioIoas(0, 0, 0);
        VfioIoas(1, 0, 99);
        VfioIoas(0, 0, 0);
        Extension(4);
        SetIommu(2);
        SetIommu(3);
        foreach (uint size in (uint[])[15, 16, 24, 30, 36, 52, 68, 69, 200])
        {
            CompatInfo(size);
        }

        CompatMap(31, 3, A, 0x1000, 0x1000);
        CompatMap(32, 7, A, 0x1000, 0x1000);
        CompatMap(32, 0, A, 0x1000, 0x1000);
        CompatMap(32, 3, A, 0x1000, 0x1000);
        CompatMap(32, 3, A, 0x2000, 0);
        CompatMap(32, 3, M - 5, 0x2000, 0x1000);
        CompatMap(32, 3, A, M, 0x1000);
        CompatMap(32, 3, A, 0x2000, M);
        CompatUnmap(23, 0, 0, 0);
        CompatUnmap(24, 1, 0, 0);
        CompatUnmap(24, 4, 0, 0);
        CompatUnmap(24, 2, 1, 0);
        CompatUnmap(24, 2, 0, 1);
        CompatUnmap(24, 0, 0x5000, 0x1000);
        CompatUnmap(24, 0, 0x1000, 0);
        CompatUnmap(24, 0, 0x1000, 0x800);
        CompatUnmap(24, 0, 0x1000, 0x1000);
        CompatUnmap(24, 0, M, 2);
        CompatUnmap(24, 2, 0, 0);
        CompatMap(32, 3, A, 0x1000, 0x4000);
        SetIommu(1);
        CompatUnmap(24, 0, 0x2000, 0x1000);
        CompatInfo(100);
        CompatUnmap(24, 0, 0x1000, 0x800);
        CompatUnmap(24, 0, 0x1000, 0x1000);
        CompatUnmap(24, 0, 0, 0x10000);
        CompatUnmap(24, 0, 0, 0x10000);
        CompatUnmap(24, 2, 0, 0);
        Option(1, 0, 0, first, 1);
        VfioIoas(2, 0, 0);
        Extension(4);
        Destroy(first);
        Destroy(first);
        Destroy(second);
        Destroy(0);
    }

    private void Device()
    {
        _part = "dev";
        Errno error = IommufdDevice.Bind(_client.File, _device, out _bound);
        uint device = _bound!.Id;
        Tell($"BIND = {-(int)error} dev={device}");
        uint first = _client.AllocIoas();
        Destroy(device);
        Option(0, 0, 0, 0, 0);
        HardwareInfo(device, first);
        uint hwpt = Hwpts(device, first, out uint third);
        Attaches(device, first, hwpt, third);
    }

    private void HardwareInfo(uint device, uint ioas)
    {
        _part = "hwinfo";
        HwInfo(device, 0, 0, 24);
        HwInfo(device, 0, 0, 0);
        HwInfo(device, 0, 0, 8);
        HwInfo(device, 0, 0, 40);
        HwInfo(device, 0, 0, 24, bad: true);
        HwInfo(device, 0, 0, 24, reserved: 1);
        HwInfo(device, 2, 0, 24);
        HwInfo(99, 2, 0, 24);
        HwInfo(99, 0, 0, 24);
        HwInfo(ioas, 0, 0, 24);
        HwInfo(device, 1, 0, 24);
        HwInfo(device, 1, 1, 24);
        HwInfo(device, 1, 2, 24);
        HwInfo(device, 1, 4, 24);
        HwInfo(device, 0, 3, 24);
        HwInfo(device, 0, 0, 0, bad: true);
    }

    private uint Hwpts(uint device, uint first, out uint third)
    {
        _part = "hwpt";
        Hwpt(0, device, first, reserved: 1);
        Hwpt(0, 99, 99, length: 4);
        Hwpt(0, 99, 99, type: 1);
        Hwpt(0, 99, 99);
        Hwpt(0, first, 99);
        Hwpt(0, device, 99);
        Hwpt(0, device, device);
        foreach (uint flags in (uint[])[1, 2, 4, 8, 16, 32, 5, 3, 9, 10])
        {
            DestroyIfMade(Hwpt(flags, device, first));
        }

        DestroyIfMade(Hwpt(4, device, first, fault: first));
        for (uint type = 1; type < 6; type++)
        {
            Hwpt(0, device, first, type: type, length: 16);
        }

        Hwpt(0, device, first, type: 1, length: 16);
        uint hwpt = Hwpt(0, device, first, reserved2: 7);
        Ranges(first, 32, 0);
        Hwpt(0, device, hwpt);
        Hwpt(1, device, hwpt);
        for (uint type = 1; type < 5; type++)
        {
            Hwpt(0, device, hwpt, type: type, length: 16);
        }

        Hwpt(1, device, hwpt, type: 1, length: 16);
        Hwpt(4, device, hwpt, type: 1, length: 16);
        DestroyIfMade(Hwpt(1, device, first));
        Destroy(first);
        Map(first, 6, A, 0x1000, 0);
        Map(first, 6, Unaligned, 0x1000, 0);
        Map(first, 7, A, 0x1000, 0xfee00000);
        Map(first, 7, A, 0x1000, 0x80_0000_0000);
        Map(first, 7, A, 0x1000, 0xfff_ffff_f000);
        Map(first, 7, A, 0x800, 0x1000);
        Map(first, 7, A, 0x1000, 0x1800);
        Map(first, 7, A + 0x800, 0x1000, 0x10000);
        Map(first, 6, A + 0x800, 0x1000, 0x10000);
        Map(first, 7, 0x10000, 0x1000, 0x20000);
        Map(first, 7, 0x10001, 0x1000, 0x20000);
        Option(1, 0, 0, first, 0);
        Option(1, 1, 0, first, 0);

        third = _client.AllocIoas();
        Map(third, 7, 0x10000, 0x1000, 0x20000);
        Hwpt(0, device, third);
        Ranges(third, 32, 0);
        Unmap(third, 0, M);
        Map(third, 7, A, 0x800, 0x1000);
        Hwpt(0, device, third);
        Unmap(third, 0, M);
        Map(third, 7, A, 0x1000, 0xffff_ffff_f000_0000);
        Hwpt(0, device, third);
        Unmap(third, 0, M);
        Allow(third, 0, 0xffff_ffff_f000_0000, 0xffff_ffff_ff00_0000);
        Hwpt(0, device, third);
        Allow(third, 0);
        return hwpt;
    }

    private void Attaches(uint device, uint first, uint hwpt, uint third)
    {
        _part = "attach";
        Ranges(third, 32, 0);
        Detach();
        Attach(99);
        Attach(device);
        Attach(0);
        Map(third, 7, A, 0x1000, 0xfee00000);
        Attach(third);
        Unmap(third, 0, M);
        Allow(third, 0, 0xfee00000, 0xfee00fff);
        Attach(third);
        Allow(third, 0);
        Map(third, 7, 0x10000, 0x1000, 0x20000);
        Attach(third);
        Ranges(third, 32, 0);
        Unmap(third, 0, M);
        uint automatic = Attach(third);
        Ranges(third, 32, 0);
        Hwpt(0, device, automatic);
        Hwpt(0, device, automatic, type: 1, length: 16);
        Allow(third, 0, 0x1000, 0xfee00000);
        Allow(third, 0, 0x1000, 0xfee00000);
        Map(third, 7, A, 0x1000, 0xfee00000);
        Map(third, 6, A, 0x1000, 0);
        Attach(third);
        Attach(hwpt);
        Ranges(first, 32, 0);
        Ranges(third, 32, 0);
        Destroy(hwpt);
        Destroy(first);
        Attach(hwpt);
        Attach(first);
        automatic = Attach(third);
        Destroy(automatic);
        Map(first, 7, A, 0x1000, 0xfee00000);
        Attach(first);
        Unmap(first, 0xfee00000, 0x1000);
        Attach(hwpt);
        Destroy(automatic);
        Attach(automatic);
        Detach();
        Ranges(first, 32, 0);
        Detach();
        Destroy(hwpt);
        Ranges(first, 32, 0);
        Destroy(first);
        VfioIoas(1, 0, third);
        Extension(4);
        Attach(third);
        Extension(4);
        Option(1, 0, 0, third, 0);
        Copy(third, third, 6, 0x1000, 0, 0x1000);
        Map(third, 6, A, 0x200000, 0);
        Map(third, 6, A + 0x1000, 0x200000, 0);
        Map(third, 6, A + 0x2000, 0x1000, 0);
        Unmap(third, 0x200000, 0x1000);
        CompatInfo(200);
        uint fourth = _client.AllocIoas();
        Copy(fourth, third, 6, 0x1000, 0, 0x1000);
        Attach(fourth);
        Extension(4);
        VfioIoas(1, 0, fourth);
        Extension(4);
        Destroy(third);
        Destroy(fourth);
        Detach();
        Destroy(fourth);
        VfioIoas(0, 0, 0);
        Extension(4);
        fourth = _client.AllocIoas();
        Attach(fourth);
        MapFile(fourth, 6, "mf", 0, 0x1000);
        MapFile(fourth, 6, "mf", 0x3000, 0x2000);
        MapFile(fourth, 6, "iommufd", 0, 0x1000);
        MapFile(fourth, 6, "mf", 0x800, 0x1000);
        MapFile(fourth, 6, "mf", 0x2000, 0x2000);
        MapFile(fourth, 6, "mf", 0x4000, 0x1000);
        MapFile(fourth, 6, "mf", 0, 0x1000);
        MapFile(fourth, 6, "mf", 0, 0x1000);
        MapFile(fourth, 4, "mf", 0, 0x1000);
        _client.Memory.Add(0x5000_0000, 0x4000, writable: false);
        Map(fourth, 6, 0x5000_0000, 0x1000, 0);
        Map(fourth, 4, 0x5000_0000, 0x1000, 0);
        Map(fourth, 6, A + 0xffe000, 0x2000, 0);
        Map(fourth, 6, A + 0xfff000, 0x2000, 0);
    }

    private void Tell(FormattableString line) => _lines.Append(_part).Append(' ').Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Raw(uint request, uint[]? words, string what)
    {
        uint[] room = new uint[16];
        words?.CopyTo(room, 0);
        int result = words is null
            ? _client.Call(request, 1)
            : _client.File.Ioctl(_client.Task, request, new Core.UserArgument(StructBytes.AsBytes<uint>(room)));
        Tell($"RAW {request:x} {what} = {result}");
    }

    private void Destroy(uint id) => Tell($"DESTROY {id} = {_client.Destroy(id)}");

    private void DestroyIfMade(uint id)
    {
        if (id != 0)
        {
            Destroy(id);
        }
    }

    private void Map(uint ioas, uint flags, ulong address, ulong length, ulong iova)
    {
        ulong place = iova;
        int result = _client.Map(ioas, flags, address, length, ref place);
        Tell($"MAP ioas={ioas} flags={flags} va={unchecked(address - A):x} len={length:x} iova={iova:x} = {result} iova={place:x}");
    }

    private void MapFile(uint ioas, uint flags, string file, ulong start, ulong length)
    {
        ulong place = 0;
        int descriptor = file switch { "mf" => 4, "iommufd" => 3, _ => -1 };
        int result = _client.MapFile(ioas, flags, descriptor, start, length, ref place);
        Tell($"MAP_FILE ioas={ioas} flags={flags} fd={file} start={start:x} len={length:x} iova=0 = {result} iova={place:x}");
    }

    private void Unmap(uint ioas, ulong iova, ulong length)
    {
        ulong unmapped = length;
        int result = _client.Unmap(ioas, iova, ref unmapped);
        Tell($"UNMAP ioas={ioas} iova={iova:x} len={length:x} = {result} len={unmapped:x}");
    }

    private void Copy(uint destination, uint source, uint flags, ulong length, ulong to, ulong from)
    {
        ulong place = to;
        int result = _client.Copy(destination, source, flags, length, ref place, from);
        Tell($"COPY dst={destination} src={source} flags={flags} len={length:x} d={to:x} s={from:x} = {result} d={place:x}");
    }

    private void Ranges(uint ioas, uint room, uint reserved)
    {
        int result = _client.Ranges(ioas, room, reserved, out uint count, out ulong alignment, out IommuIovaRange[] ranges);
        string listed = string.Concat(ranges.Select(static range => $" [{range.Start:x}-{range.Last:x}]"));
        Tell($"RANGES ioas={ioas} num={room} res={reserved} = {result} num={count} align={alignment:x}{listed}");
    }

    private void Allow(uint ioas, uint reserved, params ulong[] ends)
    {
        int result = _client.Allow(ioas, reserved, ends);
        string listed = string.Concat(ends.Chunk(2).Select(static range => $" [{range[0]:x}-{range[1]:x}]"));
        Tell($"ALLOW ioas={ioas} res={reserved}{listed} = {result}");
    }

    private void AllowFromNowhere(uint ioas)
    {
        IommuIoasAllowIovas call = new() { Size = 24, IoasId = ioas, NumIovas = 1, AllowedIovas = 1 };
        Tell($"ALLOW ioas={ioas} res=0 = {_client.Call(IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, ref call)}");
    }

    private void Option(uint id, ushort op, ushort reserved, uint objectId, ulong value)
    {
        ulong answer = value;
        int result = _client.Option(id, op, reserved, objectId, ref answer);
        Tell($"OPTION id={id} op={op} res={reserved} obj={objectId} val={value} = {result} val={answer}");
    }

    private void VfioIoas(ushort op, ushort reserved, uint ioas)
    {
        uint answer = ioas;
        int result = _client.VfioIoas(op, reserved, ref answer);
        Tell($"VFIO_IOAS op={op} res={reserved} ioas={ioas} = {result} ioas={answer}");
    }

    private uint Hwpt(uint flags, uint device, uint parent, uint reserved = 0, uint type = 0, uint length = 0, uint fault = 0, uint reserved2 = 0)
    {
        IommuHwptAlloc command = new()
        {
            Flags = flags,
            DevId = device,
            PtId = parent,
            Reserved = reserved,
            DataType = type,
            DataLen = length,
            DataUptr = A,
            FaultId = fault,
            Reserved2 = reserved2,
        };
        int result = _client.AllocHwpt(command, out uint id);
        Tell($"HWPT_ALLOC flags={flags} dev={device} pt={parent} res={reserved} dtype={type} dlen={length} fault={fault} res2={reserved2} = {result} out={id}");
        return result == 0 ? id : 0;
    }

    private void HwInfo(uint device, uint flags, uint type, uint room, bool bad = false, byte reserved = 0)
    {
        byte[] data = new byte[64];
        Array.Fill(data, (byte)0xee);
        IommuHwInfo info = new() { Flags = flags, DevId = device, DataLen = room, InDataType = type, Reserved0 = reserved, OutCapabilities = 0x55 };
        int result = _client.HwInfo(ref info, data, bad);
        string answer = result == 0 ? $" type={info.OutDataType} dlen={info.DataLen} pasid={info.OutMaxPasidLog2} caps={info.OutCapabilities:x}" : string.Empty;
        string bytes = Convert.ToHexStringLower(data.AsSpan(0, (int)(room < 40 ? room + 2 : 40)));
        Tell($"HWINFO dev={device} flags={flags} type={type} dlen={room} bad={(bad ? 1 : 0)} resv={reserved} = {result}{answer} data={bytes}");
    }

    private void Extension(ulong extension) => Tell($"CHECK_EXTENSION {extension} = {_client.Call(VfioUapi.VFIO_CHECK_EXTENSION, extension)}");

    private void SetIommu(ulong type) => Tell($"SET_IOMMU {type} = {_client.Call(VfioUapi.VFIO_SET_IOMMU, type)}");

    private void CompatInfo(uint size)
    {
        byte[] info = new byte[512];
        Array.Fill(info, (byte)0xee);
        StructBytes.TryWrite(info, size);
        int result = _client.File.Ioctl(_client.Task, VfioUapi.VFIO_IOMMU_GET_INFO, new Core.UserArgument(info));
        Tell($"CINFO argsz={size} = {result} {Convert.ToHexStringLower(info.AsSpan(0, (int)(size < 120 ? size + 4 : 120)))}");
    }

    private void CompatMap(uint size, uint flags, ulong address, ulong iova, ulong length)
    {
        VfioIommuType1DmaMap map = new() { Argsz = size, Flags = flags, Vaddr = address, Iova = iova, Size = length };
        int result = _client.Call(VfioUapi.VFIO_IOMMU_MAP_DMA, ref map);
        Tell($"CMAP argsz={size} flags={flags} va={unchecked(address - A):x} iova={iova:x} size={length:x} = {result}");
    }

    private void CompatUnmap(uint size, uint flags, ulong iova, ulong length)
    {
        VfioIommuType1DmaUnmap unmap = new() { Argsz = size, Flags = flags, Iova = iova, Size = length };
        int result = _client.Call(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref unmap);
        Tell($"CUNMAP argsz={size} flags={flags} iova={iova:x} size={length:x} = {result} size={unmap.Size:x}");
    }

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT: the second attach is a replace; the id is written back on success only.</summary>
    private uint Attach(uint target)
    {
        uint answer = target;
        Errno error = _attached ? _bound!.Replace(ref answer) : _bound!.Attach(ref answer);
        _attached |= error == Errno.None;
        uint told = error == Errno.None ? answer : target;
        Tell($"ATTACH pt={target} = {-(int)error} pt={told}");
        return told;
    }

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT: nothing attached is success.</summary>
    private void Detach()
    {
        if (_attached)
        {
            _bound!.Detach();
            _attached = false;
        }

        Tell($"DETACH = 0");
    }
}
