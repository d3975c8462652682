using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

/// <summary>What a transcript writes in angle brackets: where this machine has its functions, and their groups.</summary>
/// <param name="calls">The machine's system calls.</param>
internal sealed class Places(ISystemCalls calls)
{
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);

    /// <summary>A text with every place of it put in.</summary>
    /// <exception cref="TranscriptException">One is not on this machine.</exception>
    public string Fill(string text)
    {
        for (int open; (open = text.IndexOf('<', StringComparison.Ordinal)) >= 0;)
        {
            int close = text.IndexOf('>', open);
            text = $"{text[..open]}{Place(text[(open + 1)..close])}{text[(close + 1)..]}";
        }

        return text;
    }

    private string Place(string name)
    {
        if (_places.Count == 0)
        {
            foreach (PciFunction function in new VfioHost(calls).ListFunctions())
            {
                string? known = (function.VendorId, function.DeviceId) switch
                {
                    (0x1234, 0x11e8) => "edu",
                    (0x1b36, 0x0010) => "nvme",
                    (0x1b36, 0x0005) => "testdev",
                    _ => null,
                };
                if (known is not null)
                {
                    _places.TryAdd(known, function.Address.ToString());
                    _places.TryAdd($"{known}.group", $"{function.GroupId}");
                }
            }
        }

        return _places.GetValueOrDefault(name) ?? throw new TranscriptException($"<{name}> is not on this machine");
    }
}
