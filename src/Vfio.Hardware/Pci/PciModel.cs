namespace Vfio.Hardware.Pci;

/// <summary>
/// A function in software: configuration space, what its BARs decode, and its way to memory and to interrupts. Called from any thread; a
/// model keeps its own lock and never holds it while it calls out.
/// </summary>
public abstract class PciModel
{
    /// <summary>The expansion ROM's index among the BARs, as VFIO's.</summary>
    public const int RomBar = 6;

    private readonly PciBar[] _bars = new PciBar[RomBar + 1];
    private bool _present = true;

    /// <summary>A function at <paramref name="location"/>.</summary>
    /// <param name="location">Where it stands.</param>
    /// <param name="config">Its configuration space; it is the function's from here on.</param>
    /// <param name="bars">BAR 0-5 and the ROM, as many as there are.</param>
    protected PciModel(PciLocation location, ConfigSpace config, ReadOnlySpan<PciBar> bars)
    {
        Location = location;
        Config = config;
        bars.CopyTo(_bars);
        ConfigWritten();
    }

    /// <summary>Where the function stands.</summary>
    public PciLocation Location { get; }

    /// <summary>Its registers as the function sees them. The bus comes through <see cref="ReadConfig"/> and <see cref="WriteConfig"/>.</summary>
    public ConfigSpace Config { get; }

    /// <summary>Its way to memory.</summary>
    public DmaPort Dma { get; } = new();

    /// <summary>It is in its slot. Pulled out, it reads as ones, takes no write and makes no request.</summary>
    public bool IsPresent
    {
        get => Volatile.Read(ref _present);
        set
        {
            Volatile.Write(ref _present, value);
            ConfigWritten();
        }
    }

    /// <summary>Where its interrupts go; null drops them.</summary>
    public IInterruptSink? Interrupts { get; set; }

    /// <summary>The function asserts INTx, whether or not the command register lets it out.</summary>
    public bool IntxAsserted => (Config.Get16(PciRegisters.Status) & PciRegisters.StatusInterrupt) != 0;

    /// <summary>The base address register <paramref name="index"/>, 0-5, or the ROM's, 6.</summary>
    public PciBar Bar(int index) => _bars[index];

    /// <summary>Bytes decoded by BAR <paramref name="index"/>; 0 where there is none.</summary>
    public ulong BarSize(int index) => _bars[index].Size;

    /// <summary>Where on the bus BAR <paramref name="index"/> (0-5) begins, as its register says.</summary>
    public ulong BarAddress(int index)
    {
        int at = PciRegisters.BaseAddress0 + (index * 4);
        uint low = Config.Get32(at);
        return _bars[index].Kind switch
        {
            PciBarKind.Io => low & ~3u,
            PciBarKind.Memory64 => ((ulong)Config.Get32(at + 4) << 32) | (low & ~0xfu),
            _ => low & ~0xfu,
        };
    }

    /// <summary>The function can be reset alone (FLR).</summary>
    public bool HasFunctionReset
        => Config.FindCapability(PciRegisters.CapabilityExpress) is int at and not 0
        && (Config.Get32(at + PciRegisters.ExpressDeviceCapabilities) & PciRegisters.ExpressDeviceCapabilitiesFlr) != 0;

    /// <summary>A configuration read over the bus.</summary>
    public void ReadConfig(int offset, Span<byte> destination)
    {
        Config.Read(offset, destination);
        if (!IsPresent)
        {
            destination.Fill(0xff);
        }
    }

    /// <summary>A configuration write over the bus, and what follows from it: bus mastering, a function reset.</summary>
    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        if (!IsPresent)
        {
            return;
        }

        Config.Write(offset, source);
        ConfigWritten();
        int express = Config.FindCapability(PciRegisters.CapabilityExpress);
        int control = express + PciRegisters.ExpressDeviceControl + 1;
        if (express != 0 && offset <= control && control < offset + source.Length
            && (source[control - offset] & (PciRegisters.ExpressDeviceControlFlr >> 8)) != 0 && HasFunctionReset)
        {
            Reset();
        }
    }

    /// <summary>
    /// Which parts of BAR <paramref name="bar"/> are memory that nothing here watches, in whole pages and ascending: whoever drives the function may
    /// keep them as pages and map them, and then <see cref="ReadBar"/> and <see cref="WriteBar"/> are not called. A model leaves out what it must see.
    /// </summary>
    public virtual IReadOnlyList<PciBarArea> PlainMemory(int bar) => [];

    /// <summary>
    /// The registers of BAR <paramref name="bar"/> as they may stand in pages shared with a driver, where nobody sees each access and a store is found later, by what
    /// it changed; in the order in which stores found together are to arrive: arguments before commands. Empty: they cannot.
    /// </summary>
    public virtual IReadOnlyList<PciSharedRegister> SharedRegisters(int bar) => [];

    /// <summary>
    /// The part of BAR <paramref name="bar"/>, in whole pages, that the model looks at itself where a driver has it mapped (<see cref="WatchPages"/>): doorbells, at which somebody has to
    /// look all the time. Null: there is none.
    /// </summary>
    public virtual PciBarArea? WatchedArea(int bar) => null;

    /// <summary>
    /// A driver has mapped BAR <paramref name="bar"/>: what it stores to <see cref="WatchedArea"/> arrives in these pages from now on, without a call. Null: no longer. A store through
    /// <see cref="WriteBar"/> is in the pages already, and says that there is something to look at.
    /// </summary>
    public virtual void WatchPages(int bar, PciSharedPages? pages)
    {
    }

    /// <summary>A load from BAR <paramref name="bar"/> of <paramref name="destination"/>.Length bytes: 1, 2, 4 or 8, inside the BAR.</summary>
    public abstract void ReadBar(int bar, ulong offset, Span<byte> destination);

    /// <summary>A store to BAR <paramref name="bar"/>, as <see cref="ReadBar"/>.</summary>
    public abstract void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> source);

    /// <summary>The function is reset: its state, and the command register, MSI and MSI-X enables; BARs and the rest are for the kernel to restore.</summary>
    public void Reset()
    {
        Config.Set16(PciRegisters.Command, 0);
        if (Config.FindCapability(PciRegisters.CapabilityMsi) is int msi and not 0)
        {
            Config.Change16(msi + PciRegisters.MsiFlags, PciRegisters.MsiFlagsEnable | PciRegisters.MsiFlagsQsize, 0);
        }

        if (Config.FindCapability(PciRegisters.CapabilityMsix) is int msix and not 0)
        {
            Config.Change16(msix + PciRegisters.MsixFlags, PciRegisters.MsixFlagsEnable | PciRegisters.MsixFlagsMaskAll, 0);
        }

        ConfigWritten();
        ResetState();
        SetIntx(false);
    }

    /// <summary>What the model itself loses at a reset.</summary>
    protected abstract void ResetState();

    /// <summary>MSI is on: interrupts go as messages.</summary>
    protected bool MsiEnabled => Config.FindCapability(PciRegisters.CapabilityMsi) is int at and not 0
        && (Config.Get16(at + PciRegisters.MsiFlags) & PciRegisters.MsiFlagsEnable) != 0;

    /// <summary>MSI-X is on.</summary>
    protected bool MsixEnabled => Config.FindCapability(PciRegisters.CapabilityMsix) is int at and not 0
        && (Config.Get16(at + PciRegisters.MsixFlags) & (PciRegisters.MsixFlagsEnable | PciRegisters.MsixFlagsMaskAll)) == PciRegisters.MsixFlagsEnable;

    /// <summary>What the INTx line is to say now: there is something to tell that nobody has taken. Asked with no lock of the model's held.</summary>
    protected virtual bool HasInterrupt => false;

    /// <summary>
    /// Drives the INTx line to what <see cref="HasInterrupt"/> says. No lock is held, so one who raises and one who acknowledges may cross: whoever drives it last looks again.
    /// </summary>
    protected void DriveIntx()
    {
        bool level;
        do
        {
            level = HasInterrupt;
            SetIntx(level);
        }
        while (level != HasInterrupt);
    }

    private void SetIntx(bool level)
    {
        if (level == IntxAsserted)
        {
            return;
        }

        Config.Change16(PciRegisters.Status, PciRegisters.StatusInterrupt, level ? PciRegisters.StatusInterrupt : (ushort)0);
        Interrupts?.SignalIntx(level);
    }

    /// <summary>Sends an MSI message: a write to memory, so it is lost where MSI or bus mastering is off.</summary>
    protected void SendMsi(int vector)
    {
        if (MsiEnabled && Dma.BusMaster)
        {
            Interrupts?.SignalMsi(vector);
        }
    }

    /// <summary>Sends the message of an MSI-X table entry, under the same conditions.</summary>
    protected void SendMsix(int vector)
    {
        if (MsixEnabled && Dma.BusMaster)
        {
            Interrupts?.SignalMsix(vector);
        }
    }

    private void ConfigWritten() => Dma.BusMaster = IsPresent && (Config.Get16(PciRegisters.Command) & PciRegisters.CommandMaster) != 0;
}
