namespace Vfio;

/// <summary>What <see cref="InterruptPoller"/> waits for.</summary>
internal interface IPolled
{
    /// <summary>The file whose readability is waited for.</summary>
    VfioFileHandle File { get; }

    /// <summary>It can be read, or could be when it was armed; called on the poller's thread, once for each arming.</summary>
    void OnReadable();
}
