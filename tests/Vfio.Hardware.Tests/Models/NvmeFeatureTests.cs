using System.Buffers.Binary;

namespace Vfio.Hardware.Tests.Models;

/// <summary>Features: their values, and whose they are (Base specification 1.4, 5.21).</summary>
public sealed class NvmeFeatureTests : IDisposable
{
    private const byte Temperature = 0x04;
    private const byte ErrorRecovery = 0x05;
    private const byte WriteCache = 0x06;
    private const byte Vector = 0x09;
    private const uint Under = 1 << 20;
    private const int InvalidField = 0x4002;
    private const int InvalidNamespace = 0x400b;
    private const int NotNamespaceSpecific = 0x410f;

    private readonly NvmeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void The_two_thresholds_of_the_temperature_are_apart_and_sensors_that_are_not_there_have_none()
    {
        Assert.Equal(0, Set(Temperature, 0x150));
        Assert.Equal(0, Set(Temperature, 0x110 | Under));
        Assert.Equal((0, 0x150u), Get(Temperature));
        Assert.Equal((0, 0x110u), Get(Temperature, Under));
        Assert.Equal(InvalidField, Get(Temperature, 1 << 16).Status);
        Assert.Equal(InvalidField, Set(Temperature, 1 << 16));
        Assert.Equal(InvalidField, Get(Temperature, 2 << 20).Status);
        Assert.Equal(0, Set(Temperature, 0x160 | (0xf << 16)));
        Assert.Equal((0, 0x160u), Get(Temperature));
    }

    [Fact]
    public void A_vector_is_configured_alone()
    {
        Assert.Equal(0, Set(Vector, 3 | (1 << 16)));
        Assert.Equal((0, 3u | (1 << 16)), Get(Vector, 3));
        Assert.Equal((0, 4u), Get(Vector, 4));
        Assert.Equal((0, 0u | (1 << 16)), Get(Vector));
        Assert.Equal(InvalidField, Get(Vector, 200).Status);
        Assert.Equal(InvalidField, Set(Vector, 200));
    }

    [Fact]
    public void A_feature_is_a_namespaces_or_the_controllers()
    {
        Assert.Equal(NotNamespaceSpecific, Set(WriteCache, 1, of: 1));
        Assert.Equal(0, Set(WriteCache, 1, of: uint.MaxValue));
        Assert.Equal(InvalidNamespace, Set(WriteCache, 1, of: 2));
        Assert.Equal(InvalidNamespace, Set(ErrorRecovery, 1));
        Assert.Equal(0, Set(ErrorRecovery, 1, of: 1));
        Assert.Equal((0, 1u), Get(ErrorRecovery, of: 1));
        Assert.Equal(InvalidNamespace, Get(ErrorRecovery).Status);
    }

    [Fact]
    public void A_temperature_past_its_threshold_is_a_warning()
    {
        Assert.Equal(0, Warning());
        Assert.Equal(0, Set(Temperature, 0x100));
        Assert.Equal(1 << 1, Warning());
        Assert.Equal(0, Set(Temperature, 0x157));
        Assert.Equal(0, Warning());
        Assert.Equal(0, Set(Temperature, 0x150 | Under));
        Assert.Equal(1 << 1, Warning());
    }

    private int Set(byte feature, uint value, uint of = 0) => Ask(0x09, feature, value, of);

    private (int Status, uint Value) Get(byte feature, uint of11 = 0, uint of = 0)
    {
        int status = Ask(0x0a, feature, of11, of);
        return (status, _host.Result);
    }

    private int Warning()
    {
        Assert.Equal(0, _host.DoAdmin(command =>
        {
            command[0] = 0x02;
            BinaryPrimitives.WriteUInt32LittleEndian(command[4..], uint.MaxValue);
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], NvmeHost.Data);
            BinaryPrimitives.WriteUInt32LittleEndian(command[40..], 0x02 | (127 << 16));
        }));
        return (byte)_host.Get(NvmeHost.Data);
    }

    private int Ask(byte opcode, byte feature, uint value, uint of) => _host.DoAdmin(command =>
    {
        command[0] = opcode;
        BinaryPrimitives.WriteUInt32LittleEndian(command[4..], of);
        BinaryPrimitives.WriteUInt32LittleEndian(command[40..], feature);
        BinaryPrimitives.WriteUInt32LittleEndian(command[44..], value);
    });
}
