using System.Diagnostics;
using System.Globalization;
using Vfio.Emulator.Remote;
using Vfio.SoftKernel.Core;

namespace Vfio.Emulator.Tests.Remote;

/// <summary>Who a process is.</summary>
public sealed class ProcessStatusTests
{
    [Fact]
    public async Task Capabilities_are_found_however_many_groups_stand_before_them()
    {
        const int Groups = 1000;
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "groups are root's to give");
        string groups = string.Join(',', Enumerable.Range(0, Groups).Select(static i => (4_000_000_000 + i).ToString(CultureInfo.InvariantCulture)));
        using Process process = Process.Start(
            new ProcessStartInfo("setpriv", ["--groups", groups, "sh", "-c", "echo; read end"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        Credentials credentials = ProcessStatus.ReadCredentials(VfioHost.Local.Calls, process.Id, memlockLimit: 0);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(credentials.IpcLock);
        Assert.True(credentials.SysRawIo);
    }
}
