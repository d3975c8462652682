namespace Vfio;

/// <summary>How a function will be opened, and why: plain data.</summary>
public sealed record InterfacePlan
{
    /// <summary>What it was decided from.</summary>
    public required DeviceFacts Facts { get; init; }

    /// <summary>What the caller allowed.</summary>
    public required DevicePolicy Policy { get; init; }

    /// <summary>The interface to use; null where it cannot or shall not be opened.</summary>
    public VfioInterface? Interface { get; init; }

    /// <summary>Why, in the order it was decided.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What was not taken, and why.</summary>
    public IReadOnlyList<RuledOut> RuledOut { get; init; } = [];

    /// <summary>What opening asks of the machine.</summary>
    public PlanNeeds Needs { get; init; } = new();

    /// <summary>What is known of coherency, with its evidence.</summary>
    public CoherencyVerdict Coherency => Facts.Coherency;

    /// <summary>A warning to show although it opens; null for none.</summary>
    public string? Warning { get; init; }

    /// <summary>Whether it could be opened but the policy forbids it.</summary>
    public bool RefusedByPolicy { get; init; }

    /// <summary>What is in the way; null where it opens.</summary>
    public PlanProblem? Problem { get; init; }

    /// <summary>Decides. Pure: the same facts and policy give the same plan.</summary>
    public static InterfacePlan Decide(DeviceFacts facts, DevicePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(policy);
        return new PlanBuilder(facts, policy).Build();
    }

    /// <summary>
    /// Decides again, now that the kernel told of the attached device. The same <see cref="Interface"/>: keep it. Group where this plan said device:
    /// close and reopen by group. Null with <see cref="RefusedByPolicy"/>: close and refuse.
    /// </summary>
    /// <param name="measured">The kernel's verdict; <see cref="Vfio.Coherency.Unknown"/> where it would not say.</param>
    public InterfacePlan Confirm(CoherencyVerdict measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        DeviceFacts facts = Facts with { Coherency = measured with { Confirmed = true } };

        // Once opened by group it stays so: the group suits every policy but a refusal.
        return new PlanBuilder(facts, Policy).Confirm(this);
    }

    /// <summary>The exception for a plan whose <see cref="Interface"/> is null.</summary>
    /// <param name="operation">What was wanted: "open", "bind".</param>
    /// <exception cref="InvalidOperationException">The plan does open.</exception>
    public VfioException ToException(string operation = "open")
    {
        string address = Facts.Function.Address.ToString();
        PlanProblem problem = Problem ?? throw new InvalidOperationException($"{address} opens by {Interface}.");
        string text = $"{problem.Message} {problem.Advice}".TrimEnd();
        return RefusedByPolicy
            ? new VfioRefusedException(operation, address, text)
            : new VfioException(problem.Errno, operation, address, text);
    }
}
