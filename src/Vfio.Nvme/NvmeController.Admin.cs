using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <content>What the controller is asked by its admin queue.</content>
public sealed partial class NvmeController
{
    private const int MostNamespaces = 65_536;

    /// <summary>Identify Controller.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public NvmeIdentity Identify(CancellationToken cancellation = default)
    {
        const byte Controller = 0x01;
        return Identify("Identify Controller", Controller, 0, NvmeIdentity.Parse, cancellation);
    }

    /// <summary>The ids of the active namespaces, in rising order (Identify, as often as it takes: 1024 ids at a time).</summary>
    /// <exception cref="NvmeException">
    /// The command failed or was not answered in time. Or the ids do not rise, are above <see cref="NvmeIdentity.NamespaceCount"/>, or are more than 65,536, which no controller has.
    /// </exception>
    public IReadOnlyList<uint> ListNamespaces(CancellationToken cancellation = default)
    {
        const byte ActiveNamespaces = 0x02;
        List<uint> namespaces = [];
        uint last = Identify(cancellation).NamespaceCount;
        uint after = 0;
        while (after < last && Identify("Identify Active Namespaces", ActiveNamespaces, after, page => TryAddIds(page, last, namespaces), cancellation))
        {
            after = namespaces[^1];
        }

        return namespaces;
    }

    /// <summary>The ids of one page. True when there may be more.</summary>
    /// <exception cref="NvmeException">They do not rise, are above <paramref name="last"/>, or are more than any controller has.</exception>
    internal static bool TryAddIds(ReadOnlySpan<byte> page, uint last, List<uint> namespaces)
    {
        for (; !page.IsEmpty; page = page[sizeof(uint)..])
        {
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(page);
            if (id == 0)
            {
                return false;
            }

            // Or the list would never end, or fill our memory: NN too is the controller's own word.
            if (namespaces.Count != 0 && id <= namespaces[^1])
            {
                throw new NvmeException($"the controller lists namespace {id} after {namespaces[^1]}");
            }

            if (id > last)
            {
                throw new NvmeException($"the controller lists namespace {id} and says that its highest is {last}");
            }

            if (namespaces.Count == MostNamespaces)
            {
                throw new NvmeException($"the controller lists more than {MostNamespaces} namespaces");
            }

            namespaces.Add(id);
        }

        return true;
    }

    /// <summary>Identify Namespace.</summary>
    /// <param name="id">NSID, as <see cref="ListNamespaces"/> gives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public NvmeNamespace IdentifyNamespace(uint id, CancellationToken cancellation = default)
    {
        const byte Namespace = 0x00;
        return Identify("Identify Namespace", Namespace, id, page => NvmeNamespace.Parse(id, page), cancellation);
    }

    /// <summary>Identify Namespace: the ways it can be formatted, the one in use among them.</summary>
    /// <param name="id">NSID, as <see cref="ListNamespaces"/> gives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public IReadOnlyList<NvmeFormat> ListFormats(uint id, CancellationToken cancellation = default)
    {
        const byte Namespace = 0x00;
        return Identify("Identify Namespace", Namespace, id, NvmeFormat.ParseAll, cancellation);
    }

    /// <summary>Get Log Page, SMART / Health Information: of the controller.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public NvmeHealth ReadHealth(CancellationToken cancellation = default)
    {
        const byte Smart = 0x02;
        return ReadLog("Get Log Page (SMART)", Smart, NvmeHealth.Size, NvmeHealth.Parse, cancellation);
    }

    /// <summary>Get Log Page, Error Information: what went wrong last, newest first; as much as the controller keeps, and 64 entries at most.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public IReadOnlyList<NvmeErrorEntry> ReadErrors(CancellationToken cancellation = default)
    {
        const byte ErrorInformation = 0x01;
        int entries = Math.Min(Identify(cancellation).ErrorLogEntries, PageSize / NvmeErrorEntry.Size);
        return ReadLog("Get Log Page (errors)", ErrorInformation, entries * NvmeErrorEntry.Size, NvmeErrorEntry.ParseAll, cancellation);
    }

    /// <summary>Get Features: the current value.</summary>
    /// <param name="feature">FID.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed, for want of the feature most often, or was not answered in time.</exception>
    public uint GetFeature(byte feature, CancellationToken cancellation = default)
        => Execute("Get Features", new NvmeCommand { Opcode = NvmeOpcode.GetFeatures, Dword10 = feature }, cancellation).Result;

    /// <summary>Set Features, until the next reset.</summary>
    /// <param name="feature">FID.</param>
    /// <param name="value">CDW11.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Dword 0 of the completion.</returns>
    /// <exception cref="NvmeException">The command failed or was not answered in time.</exception>
    public uint SetFeature(byte feature, uint value, CancellationToken cancellation = default)
        => Execute("Set Features", new NvmeCommand { Opcode = NvmeOpcode.SetFeatures, Dword10 = feature, Dword11 = value }, cancellation).Result;

    private T Identify<T>(string name, byte cns, uint @namespace, Parser<T> parse, CancellationToken cancellation)
        => Ask(name, new NvmeCommand { Opcode = NvmeOpcode.Identify, Namespace = @namespace, Dword10 = cns }, PageSize, parse, cancellation);

    private T ReadLog<T>(string name, byte page, int length, Parser<T> parse, CancellationToken cancellation)
    {
        const uint WholeController = uint.MaxValue;
        uint dwords = ((uint)length / sizeof(uint)) - 1;
        return Ask(name, new NvmeCommand { Opcode = NvmeOpcode.GetLogPage, Namespace = WholeController, Dword10 = page | (dwords << 16) }, length, parse, cancellation);
    }
}
