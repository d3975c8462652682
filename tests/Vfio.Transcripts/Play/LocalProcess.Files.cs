using System.Globalization;
using System.Text;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

internal sealed partial class LocalProcess
{
    private string Read(Step step, bool atOffset)
    {
        Operand.Data data = Data(step, atOffset ? 2 : 1);
        byte[] bytes = new byte[DataBytes.Size(data)];
        Encode(data, bytes);
        nint result = atOffset ? _calls.Pread(File(step), bytes, (long)Number(step, 1)) : _calls.Read(File(step), bytes);
        return result > 0 ? $"{Result(result)} {DataBytes.Tell(data.Type, bytes.AsSpan(0, (int)result))}" : Result(result);
    }

    private string Write(Step step, bool atOffset)
    {
        Operand.Data data = Data(step, atOffset ? 2 : 1);
        byte[] bytes = new byte[DataBytes.Size(data)];
        Encode(data, bytes);
        return Result(atOffset ? _calls.Pwrite(File(step), bytes, (long)Number(step, 1)) : _calls.Write(File(step), bytes));
    }

    private string Mmap(Step step)
    {
        nuint length = (nuint)Number(step, 2);
        var protection = (MmapProtection)Number(step, 3, 3);
        nint address = _calls.Mmap(length, protection, (MmapFlags)Number(step, 4, 1), File(step), (long)Number(step, 1));
        if (address is < 0 and > -4096)
        {
            return Result(address);
        }

        if (step.Bindings is [{ Sigil: '&' } binding])
        {
            _memory[binding.Name] = NamedMemory.Of(address, (nint)length, (protection & MmapProtection.Read) != 0);
        }
        else
        {
            _ = _calls.Munmap(address, length);
        }

        return "ok";
    }

    private string Poll(Step step)
    {
        PollFd[] fds = [new PollFd(File(step), (PollEvents)Number(step, 1))];
        int result = _calls.Poll(fds, (int)(Option(step, "timeout") ?? 0));
        if (result <= 0)
        {
            return Result(result);
        }

        (PollEvents Bit, string Name)[] names =
        [
            (PollEvents.In, "POLLIN"), (PollEvents.Out, "POLLOUT"), (PollEvents.Error, "POLLERR"), (PollEvents.HangUp, "POLLHUP"), (PollEvents.Invalid, "POLLNVAL"),
        ];
        return $"{Result(result)} {string.Join('|', names.Where(name => (fds[0].Returned & name.Bit) != 0).Select(name => name.Name))}";
    }

    private string Memfd(Step step)
    {
        int fd = _calls.MemfdCreate("transcript", MemfdFlags.AllowSealing);
        if (fd >= 0)
        {
            _ = _calls.Ftruncate(fd, (long)Number(step, 1));
            _ = Option(step, "sealed") == 0 ? 0 : _calls.AddSeals(fd, FileSeals.Shrink);
            if (step.Arguments.Any(argument => argument.Name is null && argument.Value is Operand.Number { Terms: [{ Name: "O_RDONLY" }] }))
            {
                // A memory file is the host's on every kernel.
                int again = VfioHost.Local.Calls.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}"), OpenFlags.ReadOnly);
                _ = _calls.Close(fd);
                fd = again;
            }
        }

        return Opened(step, fd);
    }

    private string Memory(Step step)
    {
        var protection = (MmapProtection)(Option(step, "prot") ?? 3);
        bool shared = Number(step, 2, 1) == (ulong)MmapFlags.Shared;
        _memory[Word(step, 0)] = NamedMemory.Create(_calls, (nint)Number(step, 1), shared, protection);
        return "ok";
    }

    private string Peek(Step step)
    {
        Operand.Data data = Data(step, 1);
        return DataBytes.Tell(data.Type, Reach(step, DataBytes.Size(data)));
    }

    private string Poke(Step step)
    {
        Operand.Data data = Data(step, 1);
        Encode(data, Reach(step, DataBytes.Size(data)));
        return "ok";
    }

    private Span<byte> Reach(Step step, int length)
    {
        nint address = (nint)Number(step, 0);
        NamedMemory memory = _memory.Values.FirstOrDefault(each => address >= each.Address && address < each.Address + each.Length)
            ?? throw new TranscriptException("peek and poke reach only memory of this process");
        return memory.Bytes(address, length);
    }

    private string Put(Step step)
    {
        int fd = _calls.Open(Text(Word(step, 0)), OpenFlags.WriteOnly);
        if (fd < 0)
        {
            return Result(fd);
        }

        nint result = _calls.Write(fd, Encoding.UTF8.GetBytes(Text(Word(step, 1))));
        _ = _calls.Close(fd);
        return result < 0 ? Result(result) : "ok";
    }

    // On a thread of its own: it has this one's credentials, and the steps go on while the kernel keeps it waiting. They go on only then, so that
    // what comes next finds it in the kernel.
    private string Begin(Step step)
    {
        int thread = 0;
        _begun = _begun is null
            ? Task.Factory.StartNew(
                () =>
                {
                    Volatile.Write(ref thread, (int)Native.Syscall(Native.GetTid, 0, 0, 0, 0));
                    return Do(step);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : throw new TranscriptException("there is one begun already: finish");
        for (int asleep = 0; asleep < 2 && !_begun.IsCompleted; Thread.Sleep(1))
        {
            asleep = Native.IsAsleep(Volatile.Read(ref thread)) ? asleep + 1 : 0;
        }

        return "ok";
    }

    private string Finish()
    {
        Task<string> begun = _begun ?? throw new TranscriptException("nothing was begun");
        _begun = null;
        return begun.GetAwaiter().GetResult();
    }

    private string Get(Step step)
    {
        int fd = _calls.Open(Text(Word(step, 0)), OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return Result(fd);
        }

        byte[] text = new byte[4096];
        nint result = _calls.Read(fd, text);
        _ = _calls.Close(fd);
        return result < 0 ? Result(result) : $"\"{Encoding.UTF8.GetString(text, 0, (int)result).TrimEnd('\n').Replace("\n", "; ", StringComparison.Ordinal)}\"";
    }

    private static Operand.Data Data(Step step, int index)
        => index < step.Arguments.Count && step.Arguments[index].Value is Operand.Data data
            ? data : throw new TranscriptException($"{step.Verb}: argument {index + 1} is an array: {{u8*16}}");
}
