using Vfio.Uapi;

namespace Vfio;

/// <summary>Why a function cannot be opened now.</summary>
/// <param name="Errno">The errno the kernel would give.</param>
/// <param name="Message">What is in the way.</param>
/// <param name="Advice">What to do.</param>
public sealed record PlanProblem(Errno Errno, string Message, string Advice);
