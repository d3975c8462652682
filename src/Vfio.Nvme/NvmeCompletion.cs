namespace Vfio.Nvme;

/// <summary>What became of one command.</summary>
/// <param name="Tag">The command, as its submission named it.</param>
/// <param name="Status">The status field of the completion: code in bits 7:0, type in bits 10:8; 0 for success.</param>
/// <param name="Result">Dword 0, whose meaning is the command's.</param>
public readonly record struct NvmeCompletion(ushort Tag, int Status, uint Result)
{
    /// <summary>The command was done.</summary>
    public bool Succeeded => Status == 0;

    /// <summary>
    /// The controller never answered: it was reset meanwhile, or is gone (type 3, codes 71h and 70h). Whether the command was done is not known; its memory is the caller's again.
    /// </summary>
    public bool WasLost => Status is NvmeStatus.AbortedByReset or NvmeStatus.Gone;

    /// <summary>Throws what went wrong.</summary>
    /// <param name="command">The command, as a person calls it.</param>
    /// <exception cref="NvmeException"><see cref="Status"/> is not 0.</exception>
    public void ThrowIfFailed(string command)
    {
        if (Status != 0)
        {
            throw new NvmeException(command, Status);
        }
    }
}
