namespace Vfio.Emulator.Remote;

/// <summary>Which file a descriptor leads to, whoever has it: right over dup, fork, exec and SCM_RIGHTS.</summary>
/// <param name="Device">The file system's device: major number, then minor.</param>
/// <param name="Inode">The file's number in it.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);
