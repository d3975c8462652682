using System.Globalization;
using System.Text;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

/// <summary>A process whose calls are made here: on the soft kernel, or on the kernel this process runs on.</summary>
internal sealed partial class LocalProcess : IProcess
{
    private readonly ISystemCalls _calls;
    private readonly Func<IProcess, string, int> _take;
    private readonly Dictionary<string, int> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamedMemory> _memory = new(StringComparer.Ordinal);
    private readonly HashSet<NamedMemory> _unmapped = [];
    private readonly Places _places;
    private readonly HashSet<int> _open = [];
    private readonly ThreadLocal<Scratch> _scratches;
    private Task<string>? _begun;

    /// <summary>A process on <paramref name="calls"/>.</summary>
    /// <param name="calls">Its system calls.</param>
    /// <param name="numbers">The names that answers gave.</param>
    /// <param name="take">How it gets another's file.</param>
    /// <param name="places">Where its machine has things, when that was found out before; they stay there then.</param>
    public LocalProcess(ISystemCalls calls, Dictionary<string, ulong> numbers, Func<IProcess, string, int> take, Places? places = null)
    {
        _calls = calls;
        _places = places ?? new Places(calls);
        _take = take;
        Numbers = numbers;
        _scratches = new ThreadLocal<Scratch>(() => new Scratch(calls), trackAllValues: true);
    }

    /// <inheritdoc/>
    public Dictionary<string, ulong> Numbers { get; }

    /// <summary>Its system calls.</summary>
    public ISystemCalls Calls => _calls;

    // A call that was begun keeps its structs while later steps make theirs.
    private Scratch Scratch => _scratches.Value!;

    /// <inheritdoc/>
    public string Run(Step step)
    {
        return step.IsBegun ? Begin(step) : Do(step);
    }

    private string Do(Step step)
    {
        Scratch.Reset();
        return step.Verb switch
        {
            "open" => Opened(step, _calls.Open(Text(Word(step, 1)), (OpenFlags)Number(step, 2, (ulong)OpenFlags.ReadWrite))),
            "close" => Close(step),
            "dup" => Opened(step, _calls.Dup(File(step)), isWritten: true),
            "ioctl" => Ioctl(step),
            "read" => Read(step, atOffset: false),
            "pread" => Read(step, atOffset: true),
            "write" => Write(step, atOffset: false),
            "pwrite" => Write(step, atOffset: true),
            "mmap" => Mmap(step),
            "munmap" => Munmap(step),
            "poll" => Poll(step),
            "eventfd" => Opened(step, _calls.Eventfd((uint)Number(step, 1, 0), EventfdFlags.NonBlocking)),
            "memfd" => Memfd(step),
            "memory" => Memory(step),
            "peek" => Peek(step),
            "poke" => Poke(step),
            "put" => Put(step),
            "get" => Get(step),
            "begin" => Begin(step with { Verb = "put" }),
            "finish" => Finish(),
            _ => throw new TranscriptException($"a process does no {step.Verb}"),
        };
    }

    /// <inheritdoc/>
    public string Take(IProcess from, string file)
    {
        int fd = _take(from, file);
        if (fd < 0)
        {
            return Result(fd);
        }

        Name(file, fd);
        return "ok";
    }

    /// <inheritdoc/>
    public (int Process, int Descriptor) Locate(string file) => (Environment.ProcessId, Descriptor(file));

    private int Descriptor(string file) => _files.GetValueOrDefault(file, -1);

    /// <summary>Names a descriptor that came from elsewhere.</summary>
    public void Name(string file, int fd)
    {
        _files[file] = fd;
        _open.Add(fd);
    }

    /// <summary>Closes and unmaps all it has.</summary>
    public void Dispose()
    {
        foreach (int fd in _open)
        {
            _ = _calls.Close(fd);
        }

        _open.Clear();
        foreach (NamedMemory memory in _memory.Values.Where(memory => !_unmapped.Contains(memory)))
        {
            memory.Release(_calls);
        }

        _memory.Clear();
        if (_begun is { IsCompleted: false })
        {
            // It was never finished, and its structs are the kernel's still.
            return;
        }

        foreach (Scratch scratch in _scratches.Values)
        {
            scratch.Release(_calls);
        }

        _scratches.Dispose();
    }

    private string Munmap(Step step)
    {
        nint address = (nint)Number(step, 0);
        nint length = (nint)Number(step, 1);
        int result = _calls.Munmap(address, (nuint)length);
        if (result == 0)
        {
            // The name goes on to be the address; what stands there by the end is somebody else's.
            _unmapped.UnionWith(_memory.Values.Where(memory => memory.Address == address && memory.Length <= length));
        }

        return Result(result);
    }

    private static string Result(nint result)
        => result is < 0 and > -4096 ? ((Errno)(int)-result).ToString() : StepText.Of((ulong)result);

    private static string Word(Step step, int index)
        => step.Word(index) ?? throw new TranscriptException($"{step.Verb}: argument {index + 1} is missing");

    private string Opened(Step step, int fd, bool isWritten = false)
    {
        if (fd < 0)
        {
            return Result(fd);
        }

        string name = isWritten && step.Bindings is [{ Sigil: '@' } binding] ? binding.Name : isWritten ? "" : Word(step, 0);
        Name(name, fd);
        return "ok";
    }

    private string Close(Step step)
    {
        int fd = File(step);
        _open.Remove(fd);
        _files.Remove(Word(step, 0));
        return Result(_calls.Close(fd));
    }

    private int File(Step step)
    {
        string name = Word(step, 0);
        return char.IsAsciiDigit(name[0]) || name[0] == '-'
            ? (int)Number(StepReader.ReadOperand(name, "")) : Descriptor(name);
    }

    private ulong Number(Step step, int index, ulong? otherwise = null)
    {
        if (index < step.Arguments.Count && step.Arguments[index].Name is null)
        {
            Operand operand = step.Arguments[index].Value;
            return Number(operand is Operand.Text word ? StepReader.ReadOperand(word.Value, "") : operand);
        }

        return otherwise ?? throw new TranscriptException($"{step.Verb}: argument {index + 1} is missing");
    }

    private ulong? Option(Step step, string name)
        => step.Arguments.FirstOrDefault(argument => argument.Name == name) is { } argument ? Number(argument.Value) : null;

    private ulong Number(Operand operand)
    {
        if (operand is not Operand.Number number)
        {
            throw new TranscriptException("a number is wanted here");
        }

        ulong value = 0;
        foreach (Term term in number.Terms)
        {
            ulong part = term.Sigil switch
            {
                '$' => Numbers.TryGetValue(term.Name, out ulong named) ? named : throw new TranscriptException($"${term.Name} was never named"),
                '@' => (ulong)Descriptor(term.Name),
                '&' => _memory.TryGetValue(term.Name, out NamedMemory? memory) ? (ulong)memory.Address : throw new TranscriptException($"&{term.Name} is no memory of this process"),
                _ => term.Value,
            };
            value = term.Operator switch
            {
                '-' => unchecked(value - part),
                '|' => value | part,
                _ => unchecked(value + part),
            };
        }

        return value;
    }

    // <edu>, <edu.group>: where this machine has them; <@file>: that file's descriptor.
    private string Text(string text)
    {
        const string File = "<@";
        for (int open; (open = text.IndexOf(File, StringComparison.Ordinal)) >= 0;)
        {
            int close = text.IndexOf('>', open);
            text = string.Create(CultureInfo.InvariantCulture, $"{text[..open]}{Descriptor(text[(open + File.Length)..close])}{text[(close + 1)..]}");
        }

        return _places.Fill(text);
    }

    private static byte[] Terminated(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
