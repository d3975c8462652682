namespace Vfio;

/// <summary>A descriptor's number for as long as a call needs it in a struct: nobody closes it meanwhile. Made by <see cref="VfioFileHandle.Hold"/>.</summary>
internal readonly ref struct HeldDescriptor
{
    private readonly VfioFileHandle _file;

    /// <summary>Holds a file.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public HeldDescriptor(VfioFileHandle file)
    {
        bool held = false;
        file.DangerousAddRef(ref held);
        _file = file;
    }

    /// <summary>The number.</summary>
    public int Fd => _file.Fd;

    /// <summary>Lets go.</summary>
    public void Dispose() => _file.DangerousRelease();
}
