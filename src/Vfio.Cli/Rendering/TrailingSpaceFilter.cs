using System.Text;

namespace Vfio.Cli.Rendering;

/// <summary>Passes text on without the spaces before a line's end, which tables are padded with.</summary>
internal sealed class TrailingSpaceFilter(TextWriter inner) : TextWriter
{
    private int _spaces;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (value == ' ')
        {
            _spaces++;
            return;
        }

        if (value != '\n')
        {
            for (int i = 0; i < _spaces; i++)
            {
                inner.Write(' ');
            }
        }

        _spaces = 0;
        inner.Write(value);
    }

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
