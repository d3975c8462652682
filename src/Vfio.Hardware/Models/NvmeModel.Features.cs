namespace Vfio.Hardware.Models;

/// <content>Features (Base specification 1.4, 5.21). None is kept past a reset.</content>
public sealed partial class NvmeModel
{
    // Feature 04h: TMPSEL, THSEL. Feature 09h: CD.
    private const uint Sensor = 0xf << 16;
    private const uint ThresholdKind = 3 << 20;
    private const uint Under = 1 << 20;
    private const uint CoalescingDisable = 1 << 16;

    // Of Critical Warning, and of those that events are wanted of.
    private const byte TemperatureWarning = 1 << 1;

    private readonly Dictionary<byte, uint> _features = [];
    private readonly bool[] _aloneVectors = new bool[MostQueues + 1];
    private ushort _overTemperature = WarningTemperature;
    private ushort _underTemperature;

    // Told of once, until the log page was read.
    private bool _temperatureWasTold;

    private ushort SetFeatures(in NvmeSubmission command, out uint result)
    {
        const uint Save = 1u << 31;
        result = 0;
        byte feature = (byte)command.Dword(10);
        if ((command.Dword(10) & Save) != 0)
        {
            return NvmeStatus.FeatureNotSaveable;
        }

        if (DefaultOf(feature) is null)
        {
            return NvmeStatus.InvalidField;
        }

        if (feature == NvmeFeature.ErrorRecovery ? command.Namespace is not (TheNamespace or AllNamespaces) : command.Namespace is not (0 or TheNamespace or AllNamespaces))
        {
            return NvmeStatus.InvalidNamespace;
        }

        // What holds for the controller is set for no namespace alone.
        if (feature != NvmeFeature.ErrorRecovery && command.Namespace == TheNamespace)
        {
            return NvmeStatus.FeatureNotNamespaceSpecific;
        }

        uint value = command.Dword(11);
        switch (feature)
        {
            case NvmeFeature.Queues:
                if ((value & 0xffff) == 0xffff || value >> 16 == 0xffff)
                {
                    return NvmeStatus.InvalidField;
                }

                if (_submissionQueues.Skip(1).Any(static queue => queue is not null) || _completionQueues.Skip(1).Any(static queue => queue is not null))
                {
                    return NvmeStatus.CommandSequenceError;
                }

                result = GrantedQueues;
                return NvmeStatus.Success;
            case NvmeFeature.WriteAtomicity or NvmeFeature.Arbitration or NvmeFeature.ErrorRecovery or NvmeFeature.WriteCache or NvmeFeature.Events
                or NvmeFeature.InterruptCoalescing:
                _features[feature] = value;
                return NvmeStatus.Success;
            case NvmeFeature.PowerManagement:
                return (value & 0x1f) == 0 ? NvmeStatus.Success : NvmeStatus.InvalidField;
            case NvmeFeature.Temperature:
                return SetTemperature(value);
            case NvmeFeature.InterruptVector:
                if ((value & 0xffff) > MostQueues)
                {
                    return NvmeStatus.InvalidField;
                }

                _aloneVectors[value & 0xffff] = (value & CoalescingDisable) != 0;
                return NvmeStatus.Success;
            default:
                return NvmeStatus.FeatureNotChangeable;
        }
    }

    private ushort GetFeatures(in NvmeSubmission command, out uint result)
    {
        const uint Current = 0;
        const uint Default = 1;
        const uint Saved = 2;
        const uint WhatCanBeDone = 3;
        const uint Changeable = 4;
        const uint NamespaceSpecific = 2;
        result = 0;
        byte feature = (byte)command.Dword(10);
        if (DefaultOf(feature) is not { } standard)
        {
            return NvmeStatus.InvalidField;
        }

        if (feature == NvmeFeature.ErrorRecovery && command.Namespace != TheNamespace)
        {
            return NvmeStatus.InvalidNamespace;
        }

        switch ((command.Dword(10) >> 8) & 7)
        {
            case Current:
                return GetCurrent(feature, command.Dword(11), standard, out result);
            case Default or Saved:
                result = standard;
                return NvmeStatus.Success;
            case WhatCanBeDone:
                result = feature == NvmeFeature.ErrorRecovery ? Changeable | NamespaceSpecific : Changeable;
                return NvmeStatus.Success;
            default:
                return NvmeStatus.InvalidField;
        }
    }

    private ushort GetCurrent(byte feature, uint of, uint standard, out uint result)
    {
        result = 0;
        switch (feature)
        {
            case NvmeFeature.InterruptVector when (of & 0xffff) > MostQueues:
                return NvmeStatus.InvalidField;
            case NvmeFeature.InterruptVector:
                // The admin queue's answers never wait for others.
                result = (of & 0xffff) | ((of & 0xffff) == 0 || _aloneVectors[of & 0xffff] ? CoalescingDisable : 0);
                return NvmeStatus.Success;
            case NvmeFeature.Temperature when (of & Sensor) != 0 || (of & ThresholdKind) > Under:
                return NvmeStatus.InvalidField;
            case NvmeFeature.Temperature:
                result = (of & ThresholdKind) == Under ? _underTemperature : _overTemperature;
                return NvmeStatus.Success;
            default:
                result = _features.GetValueOrDefault(feature, standard);
                return NvmeStatus.Success;
        }
    }

    // There is one temperature, the composite one: whoever sets a threshold past it learns that at once.
    private ushort SetTemperature(uint value)
    {
        if ((value & Sensor) is not (0 or Sensor) || (value & ThresholdKind) > Under)
        {
            return NvmeStatus.InvalidField;
        }

        if ((value & ThresholdKind) == Under)
        {
            _underTemperature = (ushort)value;
        }
        else
        {
            _overTemperature = (ushort)value;
        }

        bool isWanted = (_features.GetValueOrDefault(NvmeFeature.Events) & TemperatureWarning) != 0;
        if (IsTemperatureWrong && isWanted && !_temperatureWasTold)
        {
            _temperatureWasTold = true;
            RaiseEvent(NvmeEvent.TemperatureThreshold);
        }

        return NvmeStatus.Success;
    }

    private bool IsTemperatureWrong => Temperature >= _overTemperature || Temperature <= _underTemperature;

    private static uint GrantedQueues => (MostQueues - 1) | ((MostQueues - 1) << 16);

    // Null: there is no such feature.
    private static uint? DefaultOf(byte feature) => feature switch
    {
        NvmeFeature.Arbitration => 7,
        NvmeFeature.PowerManagement => 0,
        NvmeFeature.Temperature => WarningTemperature,
        NvmeFeature.ErrorRecovery => 0,
        NvmeFeature.WriteCache => 1,
        NvmeFeature.Queues => GrantedQueues,
        NvmeFeature.InterruptCoalescing => 0,
        NvmeFeature.InterruptVector => 0,
        NvmeFeature.WriteAtomicity => 0,
        NvmeFeature.Events => 0,
        _ => null,
    };

    private void ForgetFeatures()
    {
        _features.Clear();
        Array.Clear(_aloneVectors);
        (_overTemperature, _underTemperature) = (WarningTemperature, 0);
        _temperatureWasTold = false;
    }
}
