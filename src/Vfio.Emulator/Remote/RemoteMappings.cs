using System.Globalization;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>What a program has mapped where, asked of the host as it is now.</summary>
/// <param name="host">The host.</param>
/// <param name="processId">The process.</param>
/// <param name="maps">Its list of mappings; null where it could not be had.</param>
internal sealed class RemoteMappings(ISystemCalls host, int processId, SharedDescriptor? maps)
{
    private bool _isText;

    /// <summary>The mapping at an address, or the next one after it.</summary>
    public bool TryFind(ulong address, out ProcessMapping mapping) => TryFind(address, [], out mapping);

    /// <summary>As the other, with its file's path as far as the room reaches; none where the host gives text alone.</summary>
    public bool TryFind(ulong address, Span<byte> name, out ProcessMapping mapping)
    {
        mapping = default;
        if (maps is null || !maps.TryAcquire())
        {
            return false;
        }

        try
        {
            if (!Volatile.Read(ref _isText))
            {
                Errno error = RemoteCalls.QueryMapping(maps.Number, address, name, out mapping);
                if (error is not (Errno.ENOTTY or Errno.EINVAL))
                {
                    return error == Errno.None;
                }

                Volatile.Write(ref _isText, true);
            }
        }
        finally
        {
            maps.Release();
        }

        foreach (ProcessMapping one in ProcessMaps.Read(host, string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/maps")))
        {
            if (address < one.End)
            {
                mapping = one;
                return true;
            }
        }

        return false;
    }
}
