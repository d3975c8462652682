using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>The way between migration states. Expected: what vfio_mig_get_next_state of Linux 7.2.13, compiled by itself, gave for every pair.</summary>
public sealed class MigrationStatesTests
{
    // A line a state from 0 on, a character a wanted state 0-8: the next one, or - for EINVAL.
    [Theory]
    [InlineData(1ul, "--------- -1234---- -1211---- -1131---- -1114---- --------- --------- ---------")]
    [InlineData(3ul, "--------- -15345--- -52555--- -11311--- -11141--- -12115--- --------- ---------")]
    [InlineData(5ul, "--------- -1234-2-- -1211-6-- -1131---- -1114-1-- --------- -2232-6-- ---------")]
    [InlineData(7ul, "--------- -1534555- -5255565- -11311--- -1114111- -1211527- -2272267- -5535567-")]
    public void The_next_state_is_linuxs_for_every_pair(ulong features, string expected)
    {
        string actual = string.Join(' ', Enumerable.Range(0, 8).Select(from => string.Concat(Enumerable.Range(0, 9).Select(to =>
            MigrationStates.Next(features, (uint)from, (uint)to, out uint next) == Errno.None ? (char)('0' + next) : '-'))));
        Assert.Equal(expected, actual);
    }
}
