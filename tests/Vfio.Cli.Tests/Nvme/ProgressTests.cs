using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme;

namespace Vfio.Cli.Tests.Nvme;

public sealed class ProgressTests
{
    [Fact]
    public void A_person_sees_a_line_that_is_gone_at_the_end() => Assert.Equal("\rhalf\r      \r", Shown(person: true));

    [Fact]
    public void A_file_gets_nothing_of_it() => Assert.Empty(Shown(person: false));

    private static string Shown(bool person)
    {
        StringWriter error = new();
        using Terminal terminal = new(TextWriter.Null, error) { ShowsProgress = person };
        using (Progress progress = new(terminal))
        {
            progress.Show("half");
        }

        return error.ToString();
    }
}
