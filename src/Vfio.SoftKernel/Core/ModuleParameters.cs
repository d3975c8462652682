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

    /// <summary>kstrtobool: by its first one or two characters.</summary>
    public static bool TryParseBoolean(string text, out bool value)
    {
        value = text is ['y' or 'Y' or 't' or 'T' or '1', ..] or ['o' or 'O', 'n' or 'N', ..];
        return value || text is ['n' or 'N' or 'f' or 'F' or '0', ..] or ['o' or 'O', 'f' or 'F', ..];
    }

    /// <summary>param_attr_store: a Boolean as kstrtobool reads it, or a number; EINVAL for anything else.</summary>
    public Errno Set(string module, string parameter, string text)
    {
        string given = text.TrimEnd('\n');
        lock (_lock)
        {
            string key = $"{module}.{parameter}";
            if (_values[key] is "Y" or "N")
            {
                if (!TryParseBoolean(given, out bool value))
                {
                    return Errno.EINVAL;
                }

                _values[key] = value ? "Y" : "N";
            }
            else if (uint.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            {
                _values[key] = number.ToString(CultureInfo.InvariantCulture);
            }
            else
            {
                return Errno.EINVAL;
            }
        }

        Changed?.Invoke();
        return Errno.None;
    }
}
