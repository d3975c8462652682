using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>What the users of a physical function and of its virtual functions show each other. Linux: struct vfio_pci_vf_token.</summary>
internal sealed class VfToken
{
    private readonly Lock _lock = new();
    private Guid _value = Guid.NewGuid();
    private int _users;

    /// <summary>VFIO_DEVICE_FEATURE_PCI_VF_TOKEN.</summary>
    public void Set(Guid value)
    {
        lock (_lock)
        {
            _value = value;
        }
    }

    /// <summary>A virtual function is opened (1) or closed (-1).</summary>
    public void CountUser(int change)
    {
        lock (_lock)
        {
            _users += change;
        }
    }

    /// <summary>May who has <paramref name="token"/> open a virtual function? EACCES without the right one.</summary>
    public Errno Admit(Guid? token)
    {
        lock (_lock)
        {
            return token == _value ? Errno.None : Errno.EACCES;
        }
    }

    /// <summary>And the physical function: only while virtual ones are open it is asked for, otherwise it is what is to be the token.</summary>
    public Errno AdmitPhysical(Guid? token)
    {
        lock (_lock)
        {
            if (_users != 0)
            {
                return token == _value ? Errno.None : Errno.EACCES;
            }

            _value = token ?? _value;
            return Errno.None;
        }
    }
}
