namespace Vfio;

/// <summary>A file that opening a device added to a virtual machine; disposing removes it, whatever became of either meanwhile.</summary>
internal sealed class KvmRegistration : IDisposable
{
    private readonly KvmVfioDevice _kvm;
    private readonly VfioFileHandle _file;

    private KvmRegistration(KvmVfioDevice kvm, VfioFileHandle file)
    {
        _kvm = kvm;
        _file = file;
    }

    /// <summary>Adds a file; null where there is no machine, or somebody else added the file and removes it.</summary>
    public static KvmRegistration? Add(KvmVfioDevice? kvm, VfioFileHandle file) => kvm?.TryAdd(file) == true ? new KvmRegistration(kvm, file) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _kvm.Remove(_file);
        }
        catch (Exception e) when (e is VfioException or ObjectDisposedException)
        {
            // Closed or removed by the program: KVM holds it no longer, or will let go as it is closed itself.
        }
    }
}
