using System.Globalization;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The parameters of modules as /sys/module shows and takes them. Linux: kernel/params.c.</summary>
/// <param name="kernel">What they are at the start.</param>
internal sealed class ModuleParameters(KernelTopology kernel)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _values = kernel.Modules
        .SelectMany(module => module.Value.Select(parameter => KeyValuePair.Create($"{module.Key}.{parameter.Key}", parameter.Value)))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>After a parameter was changed.</summary>
    public Action? Changed { get; set; }

    /// <summary>A parameter's text, or an empty one.</summary>
    public string Get(string module, string parameter)
    {
        lock (_lock)
        {
            return _values.GetValueOrDefault($"{module}.{parameter}", "");
        }
    }

    /// <summary>A Boolean parameter; false where there is none.</summary>
    public bool IsOn(string module, string parameter) => Get(module, parameter) == "Y";

    /// <summary>A number; <paramref name="otherwise"/> where there is none.</summary>
    public uint Number(string module, string parameter, uint otherwise)
        => uint.TryParse(Get(module, parameter), CultureInfo.InvariantCulture, out uint value) ? value : otherwise;

    /// <summary>param_attr_store: a Boolean as kstrtobool reads it, or a number as param_set_uint does.</summary>
    public Errno Set(string module, string parameter, string text)
    {
        lock (_lock)
        {
            string key = $"{module}.{parameter}";
            if (_values[key] is "Y" or "N")
            {
                if (!WrittenNumber.TryParse(text, out bool value))
                {
                    return Errno.EINVAL;
                }

                _values[key] = value ? "Y" : "N";
            }
            else
            {
                Errno error = WrittenNumber.Parse(text, uint.MaxValue, out ulong number);
                if (error != Errno.None)
                {
                    return error;
                }

                _values[key] = number.ToString(CultureInfo.InvariantCulture);
            }
        }

        Changed?.Invoke();
        return Errno.None;
    }
}
