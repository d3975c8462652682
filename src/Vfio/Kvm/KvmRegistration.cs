namespace Vfio;

/// <summary>A device that is open for a virtual machine through a file that opening added to it; disposing the last one's removes the file, whatever became of either.</summary>
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
    public static KvmRegistration? Add(KvmVfioDevice? kvm, VfioFileHandle file) => kvm?.TryUse(file) == true ? new KvmRegistration(kvm, file) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _kvm.Release(_file);
        }
        catch (Exception e) when (e is VfioException or ObjectDisposedException)
        {
            // Closed or removed by the program: KVM holds it no longer, or will let go as it is closed itself.
        }
    }
}
