namespace Vfio.SoftKernel.Sysfs;

/// <summary>The machine's /sys, /dev and /proc: directories, links and files, resolved as the kernel's path walk does.</summary>
internal sealed class SoftTree
{
}
