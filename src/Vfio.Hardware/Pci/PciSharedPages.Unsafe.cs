using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vfio.Hardware.Pci;

/// <summary>
/// Pages of a BAR that a driver has mapped, as memory of this process. What is loaded from them is whatever the driver stored before the last <see cref="Look"/>, or since: any value, at
/// any time.
/// </summary>
/// <remarks>
/// Where they come from says how they go: the memory stands, and can neither shrink nor be taken away, until <see cref="SafeHandle.ReleaseHandle"/>. Who looks at them often takes
/// one reference for as long as it has them (<see cref="SafeHandle.DangerousAddRef"/>) instead of one for each look.
/// </remarks>
public abstract unsafe class PciSharedPages : SafeHandle
{
    /// <param name="address">Where they stand.</param>
    /// <param name="size">Bytes.</param>
    protected PciSharedPages(nint address, ulong size)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        Size = size;
    }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Brings what was stored in the first <paramref name="length"/> bytes here, where it does not come by itself.</summary>
    public virtual void Look(ulong length)
    {
    }

    /// <summary>Loads what stands at <paramref name="offset"/>, a multiple of 4, before anything that follows is loaded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read32(ulong offset)
    {
        Check(offset);

        // Sound: four aligned bytes inside the pages, which stand as long as the caller has its reference.
        return Volatile.Read(ref *(uint*)(handle + (nint)offset));
    }

    /// <summary>Stores to <paramref name="offset"/>, a multiple of 4.</summary>
    public virtual void Write32(ulong offset, uint value)
    {
        Check(offset);

        // Sound: as in Read32.
        Volatile.Write(ref *(uint*)(handle + (nint)offset), value);
    }

    private void Check(ulong offset)
    {
        if (offset >= Size || (offset & 3) != 0 || IsClosed)
        {
            Refuse(offset);
        }
    }

    private void Refuse(ulong offset)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        throw new ArgumentOutOfRangeException(nameof(offset), offset, $"No aligned place in {Size} bytes.");
    }
}
