using System.Globalization;
using Vfio.Emulator.Leaks;
using Vfio.Emulator.Notify;
using Vfio.Emulator.Remote;
using Vfio.Emulator.Stub;
using Vfio.Emulator.Tracing;
using Vfio.Emulator.Tree;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.Emulator;

/// <summary>Runs an unmodified program on a soft machine: the stub starts it, the supervisor in this process serves its calls.</summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="topology">The machine.</param>
/// <param name="stub">The command that runs <see cref="StubProgram"/>: this executable, most often.</param>
/// <param name="complain">Told of what goes wrong on our side while the program runs.</param>
public sealed class Emulation(ISystemCalls host, MachineTopology topology, IReadOnlyList<string> stub, Action<string> complain)
{
    private const int Kill = 9;

    private int _child;

    /// <summary>
    /// Bytes that each process's locked memory is held against; null: its own RLIMIT_MEMLOCK, as on Linux. Nothing is locked in truth, and an ordinary
    /// user who may lock little can run what takes more.
    /// </summary>
    public ulong? MemlockLimit { get; init; }

    /// <summary>Where each call that is answered is written, a line for people; null: nowhere.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>The same for machines: a JSON object a line.</summary>
    public TextWriter? TraceJson { get; init; }

    /// <summary>A trace could not be written to its end; what went wrong was told.</summary>
    public bool IsTraceCut { get; private set; }

    /// <summary>Look for what programs leave to the kernel to give back.</summary>
    public bool ChecksLeaks { get; init; }

    /// <summary>What was found, in the order of the exits.</summary>
    public IReadOnlyList<Leak> Leaks { get; private set; } = [];

    /// <summary>Passes a signal on to the program; nothing happens before it has started.</summary>
    /// <param name="signal">Its number.</param>
    public void Signal(int signal)
    {
        if (Volatile.Read(ref _child) is > 0 and int child)
        {
            ChildProcess.Signal(child, signal);
        }
    }

    /// <summary>Runs a program until it and everything it started have ended.</summary>
    /// <param name="command">The program, found as a shell finds it, and its arguments.</param>
    /// <returns>The program's exit status; 128 and the signal's number when one killed it.</returns>
    /// <exception cref="EmulationException">The host does not let it run so.</exception>
    public int Run(IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        Errno error = Channel.TryCreatePair(out int mine, out int theirs);
        if (error != Errno.None)
        {
            throw new EmulationException($"no socket for the program: {error}");
        }

        var channel = new Channel(mine);
        try
        {
            int child;
            uint user = ChildProcess.UserId;
            try
            {
                // An ordinary user mounts in a user namespace, which only a process of one thread can make: unshare(1) is that.
                string[] namespaces = user == 0 ? [] : ["unshare", "--user", "--map-current-user", "--keep-caps", "--"];

                // A runtime that compiles raises its own limit of open files (not one that is compiled); the program is to have what it would have had.
                ulong? files = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is not null ? RemoteCalls.FileLimitOfParent(host) : null;
                string options = string.Create(
                    CultureInfo.InvariantCulture,
                    $"-{(topology.Kernel.Kvm ? StubProgram.Kvm : null)}{(user == 0 ? null : StubProgram.StatsByPath)}{(ChecksLeaks ? StubProgram.Exits : null)}{files}");
                ChildProcess.AdoptOrphans();
                child = ChildProcess.Start([.. namespaces, .. stub, StubProgram.Marker, theirs.ToString(CultureInfo.InvariantCulture), options, .. command]);
            }
            finally
            {
                host.Close(theirs);
            }

            if (child < 0)
            {
                throw new EmulationException(user == 0 ? $"{stub[0]} cannot be started: {(Errno)(-child)}" : $"unshare(1) of util-linux, which an ordinary user needs, cannot be started: {(Errno)(-child)}");
            }

            Volatile.Write(ref _child, child);
            return Serve(channel, child, user);
        }
        finally
        {
            host.Close(mine);
        }
    }

    private int Serve(Channel channel, int child, uint user)
    {
        // The machine is put together while the stub starts.
        var emulated = new EmulatedHost(host);
        using var machine = new SoftMachine(topology, emulated, SeccompFilter.RegionBase, user);

        // Who reads sysfs for everybody: root sees all of it, others what others see.
        var reader = new SoftSystemCalls(machine, user == 0 ? Credentials.Root : Credentials.Root with { UserId = user });
        if (channel.Receive(out int[] mounts) != Channel.Mounts || mounts is not [var dev, var sys, var proc, var files])
        {
            // The stub has said why; unshare(1), which ends with 1, only what it was refused.
            int ended = ChildProcess.Wait(child);
            return user == 0 || ended != 1 ? ended : throw new EmulationException(
                "the host gives this user no namespace: allow it (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or run it as root");
        }

        using var space = new FileSpace(files);
        var softFiles = new SoftFiles(space, new StreamFiles(host, reader.Task)) { Leaks = ChecksLeaks ? new LeakCheck(host) : null };
        emulated.Space = space;
        var mirror = new TreeMirror(machine, new TreeDirectoryCalls(dev), new TreeDirectoryCalls(sys), new TreeDirectoryCalls(proc), reader.Task);
        Errno gone = channel.TrySend(Channel.Go, []);
        mirror.Refresh();
        if (gone != Errno.None || channel.Receive(out int[] filter) != Channel.Filter || filter is not [var descriptor])
        {
            return ChildProcess.Wait(child);
        }

        Tracer? tracer = Trace is null && TraceJson is null ? null : new Tracer(Trace, TraceJson, complain);
        var supervisor = new Supervisor(machine, host, new Listener(descriptor), softFiles, mirror, MemlockLimit, complain) { Tracer = tracer };
        using var watcher = new Watcher(host, softFiles, space, complain);
        try
        {
            supervisor.Start();
        }
        catch (EmulationException)
        {
            // It waits for an answer by now.
            ChildProcess.Signal(child, Kill);
            ChildProcess.Wait(child);
            throw;
        }

        int status = ChildProcess.Wait(child);
        Volatile.Write(ref _child, 0);
        WaitForChildren(supervisor);
        softFiles.ReleaseAll();
        supervisor.Processes.Clear();
        host.Close(descriptor);
        host.Close(dev);
        host.Close(sys);
        host.Close(proc);
        Leaks = softFiles.Leaks?.Leaks ?? [];
        IsTraceCut = tracer is { HasFailed: true };
        return status;
    }

    // Whoever the program left behind is served to the end.
    private void WaitForChildren(Supervisor supervisor)
    {
        const int Moment = 20;

        // A hang-up is told unasked.
        Span<PollFd> filter = [new PollFd(supervisor.Listener.Descriptor, PollEvents.None)];
        for (ChildProcess.ReapOrphans(); !supervisor.IsOver; ChildProcess.ReapOrphans())
        {
            host.Poll(filter, Moment);
        }
    }
}
