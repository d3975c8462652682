using System.Buffers.Binary;
using System.Diagnostics;

namespace Vfio.Nvme;

/// <content>Commands of the admin queue, one at a time.</content>
public sealed partial class NvmeController
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromSeconds(2);

    /// <summary>Identify Controller.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeIdentity Identify(CancellationToken cancellation = default)
    {
        const byte Controller = 0x01;
        return NvmeIdentity.Parse(IdentifyPage("Identify Controller", Controller, 0, cancellation));
    }

    /// <summary>The ids of the active namespaces, in rising order; at most the first 1024.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public IReadOnlyList<uint> ListNamespaces(CancellationToken cancellation = default)
    {
        const byte ActiveNamespaces = 0x02;
        ReadOnlySpan<byte> page = IdentifyPage("Identify Active Namespaces", ActiveNamespaces, 0, cancellation);
        List<uint> namespaces = [];
        for (int i = 0; i < PageSize; i += sizeof(uint))
        {
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(page[i..]);
            if (id == 0)
            {
                break;
            }

            namespaces.Add(id);
        }

        return namespaces;
    }

    /// <summary>Identify Namespace.</summary>
    /// <param name="id">NSID, as <see cref="ListNamespaces"/> gives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeNamespace IdentifyNamespace(uint id, CancellationToken cancellation = default)
    {
        const byte Namespace = 0x00;
        return NvmeNamespace.Parse(id, IdentifyPage("Identify Namespace", Namespace, id, cancellation));
    }

    /// <summary>Identify Namespace: the ways it can be formatted, the one in use among them.</summary>
    /// <param name="id">NSID, as <see cref="ListNamespaces"/> gives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public IReadOnlyList<NvmeFormat> ListFormats(uint id, CancellationToken cancellation = default)
    {
        const byte Namespace = 0x00;
        return NvmeFormat.ParseAll(IdentifyPage("Identify Namespace", Namespace, id, cancellation));
    }

    /// <summary>Get Log Page, SMART / Health Information: of the controller.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeHealth ReadHealth(CancellationToken cancellation = default)
    {
        const byte Smart = 0x02;
        const uint WholeController = uint.MaxValue;
        return NvmeHealth.Parse(LogPage("Get Log Page (SMART)", Smart, WholeController, NvmeHealth.Size, cancellation));
    }

    /// <summary>Get Features: the current value.</summary>
    /// <param name="feature">FID.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed, for want of the feature most often, or was not answered in 10 seconds.</exception>
    public uint GetFeature(byte feature, CancellationToken cancellation = default)
        => Execute("Get Features", new NvmeCommand { Opcode = NvmeOpcode.GetFeatures, Dword10 = feature }, cancellation).Result;

    /// <summary>Set Features, until the next reset.</summary>
    /// <param name="feature">FID.</param>
    /// <param name="value">CDW11.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Dword 0 of the completion.</returns>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public uint SetFeature(byte feature, uint value, CancellationToken cancellation = default)
        => Execute("Set Features", new NvmeCommand { Opcode = NvmeOpcode.SetFeatures, Dword10 = feature, Dword11 = value }, cancellation).Result;

    private ReadOnlySpan<byte> IdentifyPage(string name, byte cns, uint @namespace, CancellationToken cancellation)
        => Ask(name, new NvmeCommand { Opcode = NvmeOpcode.Identify, Namespace = @namespace, Dword10 = cns }, PageSize, cancellation);

    private ReadOnlySpan<byte> LogPage(string name, byte page, uint @namespace, int length, CancellationToken cancellation)
        => Ask(name, new NvmeCommand { Opcode = NvmeOpcode.GetLogPage, Namespace = @namespace, Dword10 = page | (((uint)length / 4) - 1) << 16 }, length, cancellation);

    private ReadOnlySpan<byte> Ask(string name, NvmeCommand command, int length, CancellationToken cancellation)
    {
        // What an answer before left here must not pass for this one's.
        Span<byte> answer = _memory.Slice(_dataOffset, length);
        answer.Fill(Untouched);
        Execute(name, command with { Data = _memory.Iova + _dataOffset, Length = length }, cancellation);
        if (!IsWritten(answer))
        {
            throw new NvmeException($"{_device.Address} completed {name} without writing its {length} bytes to IOVA 0x{_memory.Iova + _dataOffset:x}: its DMA did not arrive");
        }

        BytesReceived += length;
        return answer;
    }

    /// <summary>Submits it, rings the doorbell, waits for its completion and consumes that.</summary>
    private NvmeCompletion Execute(string name, in NvmeCommand command, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(!_enabled, this);
        if (!_admin.TrySubmit(command, out ushort tag))
        {
            throw new NvmeException($"{_device.Address} has left {_admin.UnderWay} commands of the admin queue unanswered; reset it");
        }

        _admin.Ring();
        if (_interrupts is not null)
        {
            // Waited for first, so that a lost one shows in InterruptsReceived; the phase bit alone decides.
            InterruptsReceived += _interrupts[0].Wait(InterruptGrace, cancellation);
        }

        Span<NvmeCompletion> completion = stackalloc NvmeCompletion[1];
        long start = Stopwatch.GetTimestamp();
        while (_admin.Poll(completion) == 0 || completion[0].Tag != tag)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > CommandTimeout)
            {
                uint status = Read32(NvmeRegisters.Status);
                throw new NvmeException($"{_device.Address} did not answer {name} in {CommandTimeout.TotalSeconds:0} s (CSTS 0x{status:x8})");
            }

            Thread.Sleep(1);
        }

        CommandsCompleted++;
        completion[0].ThrowIfFailed(name);
        return completion[0];
    }
}
