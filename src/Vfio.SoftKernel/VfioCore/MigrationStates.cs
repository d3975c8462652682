using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// Which way a device goes from one migration state to another. Linux: vfio_mig_get_next_state of drivers/vfio/vfio_main.c, whose table this
/// derives: the steps a device with every feature can take, the shortest way through them, and states a device lacks passed over.
/// </summary>
internal static class MigrationStates
{
    private const uint Error = VfioUapi.VFIO_DEVICE_STATE_ERROR;
    private const uint Stop = VfioUapi.VFIO_DEVICE_STATE_STOP;
    private const uint Running = VfioUapi.VFIO_DEVICE_STATE_RUNNING;
    private const uint StopCopy = VfioUapi.VFIO_DEVICE_STATE_STOP_COPY;
    private const uint Resuming = VfioUapi.VFIO_DEVICE_STATE_RESUMING;
    private const uint RunningP2p = VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P;
    private const uint PreCopy = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY;
    private const uint PreCopyP2p = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P;

    private static readonly uint[][] s_next = Derive();

    /// <summary>The state to enter next on the way; EINVAL where there is none, or the device lacks one of the two.</summary>
    /// <param name="features">VFIO_MIGRATION_*, the device's.</param>
    /// <param name="current">Where it is.</param>
    /// <param name="wanted">Where it is to be.</param>
    /// <param name="next">The first step.</param>
    public static Errno Next(ulong features, uint current, uint wanted, out uint next)
    {
        next = Error;
        if (!Has(features, current) || !Has(features, wanted))
        {
            return Errno.EINVAL;
        }

        next = s_next[current][wanted];
        while (next != Error && !Has(features, next))
        {
            next = s_next[next][wanted];
        }

        return next == Error ? Errno.EINVAL : Errno.None;
    }

    private static bool Has(ulong features, uint state)
    {
        ulong needed = state switch
        {
            Stop or Running or StopCopy or Resuming => VfioUapi.VFIO_MIGRATION_STOP_COPY,
            RunningP2p => VfioUapi.VFIO_MIGRATION_STOP_COPY | VfioUapi.VFIO_MIGRATION_P2P,
            PreCopy => VfioUapi.VFIO_MIGRATION_STOP_COPY | VfioUapi.VFIO_MIGRATION_PRE_COPY,
            PreCopyP2p => VfioUapi.VFIO_MIGRATION_STOP_COPY | VfioUapi.VFIO_MIGRATION_P2P | VfioUapi.VFIO_MIGRATION_PRE_COPY,
            _ => ulong.MaxValue,
        };
        return (features & needed) == needed;
    }

    // What a driver with every feature can do in one step. Of two ways as short the one that keeps out of pre-copy is taken: its steps stand first.
    private static ReadOnlySpan<uint> Steps(uint from) => from switch
    {
        Stop => [RunningP2p, StopCopy, Resuming],
        Running => [RunningP2p, PreCopy],
        RunningP2p => [Running, Stop, PreCopyP2p],
        PreCopy => [Running, PreCopyP2p],
        PreCopyP2p => [RunningP2p, StopCopy, PreCopy],
        StopCopy => [Stop],
        Resuming => [Stop],
        _ => [],
    };

    private static uint[][] Derive()
    {
        uint[][] next = new uint[PreCopyP2p + 1][];
        for (uint from = Error; from <= PreCopyP2p; from++)
        {
            next[from] = new uint[PreCopyP2p + 1];
            for (uint to = Stop; to <= PreCopyP2p; to++)
            {
                next[from][to] = FirstStep(from, to);
            }
        }

        return next;
    }

    private static uint FirstStep(uint from, uint to)
    {
        if (from == to)
        {
            return from;
        }

        // A stream that has come to its end is not opened again: what leaves it for pre-copy must say so, by way of running.
        if (from == StopCopy && (to is PreCopy or PreCopyP2p))
        {
            return Error;
        }

        var ways = new Queue<(uint First, uint At)>();
        var seen = new HashSet<uint> { from };
        foreach (uint step in Steps(from))
        {
            ways.Enqueue((step, step));
        }

        while (ways.TryDequeue(out (uint First, uint At) way))
        {
            if (way.At == to)
            {
                return way.First;
            }

            if (seen.Add(way.At))
            {
                foreach (uint step in Steps(way.At))
                {
                    ways.Enqueue((way.First, step));
                }
            }
        }

        return Error;
    }
}
