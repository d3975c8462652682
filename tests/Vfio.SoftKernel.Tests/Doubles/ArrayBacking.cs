using System.Runtime.InteropServices;
using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>Memory in an array that never moves. <paramref name="direct"/>: devices reach it by address; else by calls, as another process's.</summary>
public sealed class ArrayBacking(int length, bool direct = true) : DmaBacking
{

    public byte[] Bytes { get; } = GC.AllocateArray<byte>(length, pinned: true);


    public bool IsFreed { get; private set; }

    /// <summary>Far memory that is gone: every access fails.</summary>
    public bool IsGone { get; set; }

    public override ulong Length => (ulong)Bytes.Length;

    public override nint Address => direct ? Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0) : 0;

    public override bool TryRead(ulong offset, Span<byte> destination)
    {
        if (IsGone || IsFreed)
        {
            return false;
        }

        Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return true;
    }

    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        if (IsGone || IsFreed)
        {
            return false;
        }

        source.CopyTo(Bytes.AsSpan((int)offset));
        return true;
    }

    protected override void Free() => IsFreed = true;
}
