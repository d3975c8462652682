namespace Vfio.Uapi;

/// <summary>EPOLL_CTL_* of epoll_ctl(2).</summary>
public enum EpollOperation
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    Add = 1,
    /// <summary>EPOLL_CTL_DEL.</summary>
    Delete = 2,
    /// <summary>EPOLL_CTL_MOD.</summary>
    Modify = 3,
}
