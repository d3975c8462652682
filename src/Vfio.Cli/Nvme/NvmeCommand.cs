using System.CommandLine;
using Vfio.Cli.Commands;
using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme.Bench;
using Vfio.Cli.Nvme.Blocks;

namespace Vfio.Cli.Nvme;

/// <summary>`vfio nvme BDF ...`: an NVMe controller driven from this process, without the kernel's driver.</summary>
internal sealed class NvmeCommand : Command
{
    public NvmeCommand(CommandEnvironment environment, GlobalOptions options)
        : base("nvme", "Drive an NVMe controller: who it is, how it is, its blocks, its speed (docs/nvme.md)")
    {
        AddressArgument address = new(required: true);
        Add(address);
        NvmeOpening opening = new(environment, options, address);
        foreach (Command command in (Command[])[new IdentifyCommand(opening), new SmartCommand(opening), new ReadCommand(opening), new WriteCommand(opening), new BenchCommand(opening)])
        {
            command.Validators.Add(address.CheckFor);
            Add(command);
        }
    }
}
