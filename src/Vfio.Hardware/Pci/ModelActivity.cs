namespace Vfio.Hardware.Pci;

/// <summary>How far a function that is being moved is held back.</summary>
public enum ModelActivity
{
    /// <summary>It does what it is told.</summary>
    Running,

    /// <summary>It answers, but makes no requests of its own: what was to be transferred waits.</summary>
    Quiescent,

    /// <summary>It does nothing, and its state does not change but by stores to its registers.</summary>
    Stopped,
}
