using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>A process of a transcript: memory, files, an identity.</summary>
internal interface IProcess : IDisposable
{
    /// <summary>Does a step and tells the answer.</summary>
    string Run(Step step);

    /// <summary>The numbers that have names; one table for all processes of a transcript.</summary>
    Dictionary<string, ulong> Numbers { get; }

    /// <summary>Gets a file of another process, as SCM_RIGHTS does; what the answer is.</summary>
    string Take(IProcess from, string file);

    /// <summary>Where it has a file: the process's id and the descriptor, which is -1 when it has none.</summary>
    (int Process, int Descriptor) Locate(string file);
}
