namespace Vfio.Nvme;

/// <content>Commands that are late, and a controller that stops answering.</content>
public sealed partial class NvmeController
{
    // Moves on when the controller was stopped or given up: what was submitted before is answered no more, and its memory is written no more.
    private int _epoch;
    private NvmeException? _failure;

    /// <summary>How often the controller was reset since it was started, because commands were late or it said that it cannot go on, or by <see cref="Reset(CancellationToken)"/>.</summary>
    public int ResetCount { get; private set; }

    /// <summary>How many commands were late, and an Abort sent for each.</summary>
    public int AbortCount { get; private set; }

    /// <summary>Moves on with each reset.</summary>
    internal int Epoch => Volatile.Read(ref _epoch);

    /// <summary>The epoch is about to move on. Until it has, stores to the device may wait for as long as the function is being reset.</summary>
    internal bool IsResetting => _isResetting;

    /// <summary>What ended the commands of an epoch before.</summary>
    internal int LostStatus => Volatile.Read(ref _failure)?.Failure == NvmeFailure.Gone ? NvmeStatus.Gone : NvmeStatus.AbortedByReset;

    /// <summary>
    /// Resets the controller: stops it, which ends every command under way, and brings it up again; queues are made again as they are next used. May be called while other threads use
    /// their queues, and to try again with a controller that was given up.
    /// </summary>
    /// <param name="cancellation">Ends the wait for the controller, which is then given up.</param>
    /// <exception cref="NvmeException">It is gone, or did not come back.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public void Reset(CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ResetLocked(cancellation);
            ThrowIfUnusable();
        }
    }

    /// <summary>As the public one, unless it was done already: <paramref name="epoch"/> is over. Does not throw; whoever uses the controller next is told.</summary>
    internal void Reset(int epoch)
    {
        lock (_lock)
        {
            if (!_disposed && epoch == _epoch)
            {
                ResetLocked(CancellationToken.None);
            }
        }
    }

    /// <summary>Asks the controller to end a command. It says so at the command's own queue; or not, and it is late once more.</summary>
    internal void Abort(int queue, ushort id, int epoch)
    {
        lock (_lock)
        {
            if (_disposed || epoch != _epoch)
            {
                return;
            }

            AbortCount++;
            try
            {
                // One at a time, as all commands here: ACL allows one at least.
                Execute("Abort", new NvmeCommand { Opcode = NvmeOpcode.Abort, Dword10 = (uint)queue | ((uint)id << 16) }, CancellationToken.None);
            }
            catch (Exception e) when (e is NvmeException or VfioException)
            {
                // Refused: the next time is a reset. Not answered: it was reset for that.
            }
        }
    }

    /// <summary>Looks at CSTS: gives up a controller that is gone, resets one that cannot go on. False: the epoch is over.</summary>
    internal bool IsWell(int epoch)
    {
        uint status = ReadStatus();
        if (status == NvmeRegisters.Absent)
        {
            lock (_lock)
            {
                if (!_disposed && epoch == _epoch)
                {
                    GiveUp(new NvmeException($"{Device.Address} is gone: its registers answer all ones. Dispose it and its device, and open it again once it is back", NvmeFailure.Gone));
                }
            }
        }
        else if ((status & NvmeRegisters.Fatal) != 0)
        {
            Reset(epoch);
        }

        return epoch == Epoch;
    }

    // Registers that are not to be reached at all are as good as all ones.
    private uint ReadStatus()
    {
        try
        {
            return _registers.Read32(NvmeRegisters.Status);
        }
        catch (VfioException)
        {
            return NvmeRegisters.Absent;
        }
    }

    private void ResetLocked(CancellationToken cancellation)
    {
        ResetCount++;
        _isResetting = true;
        try
        {
            RestartLocked(cancellation);
        }
        finally
        {
            _isResetting = false;
        }
    }

    private void RestartLocked(CancellationToken cancellation)
    {
        try
        {
            Silence();
        }
        catch (Exception e) when (e is NvmeException or VfioException or ObjectDisposedException)
        {
            GiveUp(e as NvmeException ?? new NvmeException(e.Message, NvmeFailure.Gone));
            return;
        }

        // It has stopped: what waits for it may be told.
        Volatile.Write(ref _failure, null);
        Volatile.Write(ref _epoch, _epoch + 1);
        try
        {
            Device.BusMaster = true;
            Enable(cancellation);
            if (_queuesGranted != 0)
            {
                SetNumberOfQueues(cancellation);
            }

            RequestEvent();
        }
        catch (Exception e) when (e is NvmeException or VfioException or ObjectDisposedException)
        {
            GiveUp(e as NvmeException ?? new NvmeException(e.Message, NvmeFailure.Fatal));
        }
        catch (OperationCanceledException)
        {
            GiveUp(new NvmeException($"The reset of {Device.Address} was cancelled; reset it again", NvmeFailure.Fatal));
            throw;
        }
    }

    /// <summary>
    /// Stops the controller, so that it touches no memory any more: CC.EN = 0; where that does not help, a reset of the function; bus mastering off where not even that does.
    /// </summary>
    private void Silence()
    {
        try
        {
            Disable(CancellationToken.None);
            return;
        }
        catch (NvmeException e) when (e.Failure != NvmeFailure.Gone && Device.Info.CanReset)
        {
            // It is tried the hard way.
        }
        catch
        {
            KeepFromMemory();
            throw;
        }

        try
        {
            Device.Reset();
            Disable(CancellationToken.None);
        }
        catch
        {
            KeepFromMemory();
            throw;
        }
    }

    private void GiveUp(NvmeException failure)
    {
        KeepFromMemory();
        _enabled = false;
        Volatile.Write(ref _failure, failure);
        Volatile.Write(ref _epoch, _epoch + 1);
    }

    private void KeepFromMemory()
    {
        try
        {
            Device.BusMaster = false;
        }
        catch (Exception e) when (e is VfioException or ObjectDisposedException)
        {
            // Where config space does not answer there is nobody to write to memory; a device that is disposed reaches none.
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_failure is { } failure)
        {
            throw new NvmeException(failure.Message, failure.Failure);
        }
    }
}
