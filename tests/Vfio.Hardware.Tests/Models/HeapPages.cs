using System.Runtime.InteropServices;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A page that is shared with nobody.</summary>
internal sealed class HeapPages : PciSharedPages
{
    private const int Bytes = 4096;

    public HeapPages()
        : base(Marshal.AllocHGlobal(Bytes), Bytes)
    {
        for (ulong at = 0; at < Bytes; at += sizeof(uint))
        {
            Write32(at, 0);
        }
    }

    public bool IsFreed { get; private set; }

    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        return IsFreed = true;
    }
}
