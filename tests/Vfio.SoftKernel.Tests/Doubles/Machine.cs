using System.Buffers.Binary;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>A soft machine on the real host, with the calls of a program and short ways to ask them.</summary>
internal sealed class Machine : IDisposable
{
    public Machine(string topology)
        : this(SoftTopologies.Load(topology))
    {
    }

    public Machine(MachineTopology topology, ISystemCalls? host = null)
    {
        Soft = new SoftMachine(topology, host ?? Host);
        Calls = new SoftSystemCalls(Soft);
    }

    public static ISystemCalls Host => VfioHost.Local.Calls;

    public SoftMachine Soft { get; }

    public SoftSystemCalls Calls { get; }

    public static string Errors(nint result) => result >= 0 ? result.ToString() : $"-{(Errno)(int)-result}";

    public string Write(string path, string text)
    {
        int fd = Calls.Open(path, OpenFlags.WriteOnly);
        if (fd < 0)
        {
            return $"open {Errors(fd)}";
        }

        nint written = Calls.Write(fd, Encoding.UTF8.GetBytes(text));
        Calls.Close(fd);
        return Errors(written);
    }

    public string Read(string path) => Encoding.UTF8.GetString(ReadBytes(path));

    public byte[] ReadBytes(string path)
    {
        int fd = Calls.Open(path, OpenFlags.ReadOnly);
        Assert.True(fd >= 0, $"{path}: {Errors(fd)}");
        byte[] buffer = new byte[65536];
        int length = 0;
        nint read;
        while ((read = Calls.Read(fd, buffer.AsSpan(length))) > 0)
        {
            length += (int)read;
        }

        Assert.Equal(0, read);
        Calls.Close(fd);
        return buffer[..length];
    }

    public string? Link(string path)
    {
        byte[] buffer = new byte[4096];
        nint length = Calls.Readlink(path, buffer);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, (int)length);
    }

    public IReadOnlyList<string> List(string path)
    {
        int fd = Calls.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        Assert.True(fd >= 0, $"{path}: {Errors(fd)}");
        var names = new List<string>();
        byte[] buffer = new byte[512];
        nint read;
        while ((read = Calls.Getdents(fd, buffer)) > 0)
        {
            for (int at = 0; at < read; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16)))
            {
                ReadOnlySpan<byte> name = buffer.AsSpan(at + 19);
                names.Add(Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
            }
        }

        Assert.Equal(0, read);
        Calls.Close(fd);
        return [.. names.Where(name => name is not ("." or ".."))];
    }

    public bool Exists(string path) => Calls.Stat(path, out _) == 0;

    public void Dispose() => Soft.Dispose();
}
