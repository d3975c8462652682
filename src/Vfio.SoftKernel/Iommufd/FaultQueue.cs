using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>Page requests of devices, for user space to answer. Linux: struct iommufd_fault, drivers/iommu/iommufd/eventq.c.</summary>
/// <param name="context">The iommufd it is in.</param>
internal sealed class FaultQueue(IommufdFile context) : EventQueue(context, answers: true)
{
    private static readonly int s_faultSize = StructBytes.AsBytes<IommuHwptPgfault>(new IommuHwptPgfault[1]).Length;
    private static readonly int s_responseSize = StructBytes.AsBytes<IommuHwptPageResponse>(new IommuHwptPageResponse[1]).Length;

    // Both under the queue's lock: not read yet; read, and waiting for their answer, by cookie.
    private readonly List<PageRequestGroup> _deliver = [];
    private readonly SortedDictionary<uint, PageRequestGroup> _asked = [];

    /// <summary>iommufd_fault_iopf_handler.</summary>
    public void Deliver(PageRequestGroup group)
    {
        lock (QueueLock)
        {
            _deliver.Add(group);
            SetReadable(true);
        }
    }

    /// <summary>iommufd_auto_response_faults: an attachment is gone. What it asked is answered with INVALID, read or not.</summary>
    public void Forget(AttachHandle handle)
    {
        lock (QueueLock)
        {
            _deliver.RemoveAll(group => group.Handle == handle);
            foreach (uint cookie in _asked.Where(entry => entry.Value.Handle == handle).Select(static entry => entry.Key).ToArray())
            {
                _asked.Remove(cookie);
            }

            SetReadable(_deliver.Count != 0);
        }
    }

    /// <summary>iommufd_fault_fops_read: whole groups, as many as there is room for. Never waits: 0 when there are none.</summary>
    public override nint Read(Span<byte> buffer)
    {
        if (buffer.Length % s_faultSize != 0)
        {
            return -(int)Errno.ESPIPE;
        }

        int done = 0;
        lock (QueueLock)
        {
            while (_deliver.Count != 0)
            {
                PageRequestGroup group = _deliver[0];
                if (done >= buffer.Length || group.Requests.Length * s_faultSize > buffer.Length - done)
                {
                    if (done == 0)
                    {
                        return -(int)Errno.EINVAL;
                    }

                    break;
                }

                _deliver.RemoveAt(0);
                uint cookie = LowestFreeCookie();
                _asked.Add(cookie, group);
                foreach (PageRequest request in group.Requests)
                {
                    IommuHwptPgfault fault = new()
                    {
                        Flags = request.Flags,
                        DevId = group.Handle.Device.Id,
                        Pasid = request.Pasid,
                        Grpid = request.Group,
                        Perm = request.Permissions,
                        Addr = request.Address,
                        Cookie = cookie,
                    };
                    StructBytes.AsBytes(ref fault).CopyTo(buffer[done..]);
                    done += s_faultSize;
                }
            }

            SetReadable(_deliver.Count != 0);
        }

        return done;
    }

    /// <summary>iommufd_fault_fops_write: answers groups by their cookies. Stops at the first it cannot take: EINVAL, unless some were taken before.</summary>
    public override nint Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length % s_responseSize != 0)
        {
            return -(int)Errno.ESPIPE;
        }

        int done = 0;
        lock (QueueLock)
        {
            while (done < buffer.Length)
            {
                IommuHwptPageResponse response = default;
                buffer.Slice(done, s_responseSize).CopyTo(StructBytes.AsBytes(ref response));
                if (response.Code is not (IommufdUapi.IOMMUFD_PAGE_RESP_SUCCESS or IommufdUapi.IOMMUFD_PAGE_RESP_INVALID) || !_asked.Remove(response.Cookie))
                {
                    return done == 0 ? -(int)Errno.EINVAL : done;
                }

                done += s_responseSize;
            }
        }

        return done;
    }

    /// <summary>iommufd_fault_destroy. Every page table that used it is gone, and with them what they asked.</summary>
    internal override void OnDestroyed()
    {
    }

    /// <summary>xa_alloc with XA_FLAGS_ALLOC1.</summary>
    private uint LowestFreeCookie()
    {
        uint cookie = 1;
        foreach (uint taken in _asked.Keys)
        {
            if (taken != cookie)
            {
                break;
            }

            cookie++;
        }

        return cookie;
    }
}
