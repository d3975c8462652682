namespace Vfio.SoftKernel.Topology;

/// <summary>A topology that cannot be used. The message names the file, the place in it, what is wrong and how to mend it.</summary>
public sealed class TopologyException : Exception
{
    /// <summary>With nothing to say.</summary>
    public TopologyException()
    {
    }

    /// <summary>With <paramref name="message"/>.</summary>
    public TopologyException(string message)
        : base(message)
    {
    }

    /// <summary>With <paramref name="message"/> and its cause.</summary>
    public TopologyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
