namespace Vfio.SoftKernel.Iommufd;

/// <summary>The areas of an IOAS by I/O address: an AVL tree whose links are in the areas. They never overlap. Linux: iopt->area_itree.</summary>
internal sealed class AreaTree
{
    private IoasArea? _root;

    /// <summary>There is none.</summary>
    public bool IsEmpty => _root is null;

    /// <summary>The lowest area that ends at <paramref name="start"/> or later and begins at <paramref name="last"/> or before; null when there is none.</summary>
    public IoasArea? First(ulong start, ulong last)
    {
        IoasArea? best = null;
        for (IoasArea? node = _root; node is not null;)
        {
            if (node.Last >= start)
            {
                best = node;
                node = node.Left;
            }
            else
            {
                node = node.Right;
            }
        }

        return best is not null && best.Start <= last ? best : null;
    }

    /// <summary>The area after this one.</summary>
    public IoasArea? Next(IoasArea area) => area.Last == ulong.MaxValue ? null : First(area.Last + 1, ulong.MaxValue);

    /// <summary>The highest area that ends before <paramref name="address"/>.</summary>
    public IoasArea? Before(ulong address)
    {
        IoasArea? best = null;
        for (IoasArea? node = _root; node is not null;)
        {
            if (node.Last < address)
            {
                best = node;
                node = node.Right;
            }
            else
            {
                node = node.Left;
            }
        }

        return best;
    }

    /// <summary>Adds an area where there is none.</summary>
    public void Insert(IoasArea area)
    {
        area.Left = null;
        area.Right = null;
        area.Height = 1;
        _root = Insert(_root, area);
    }

    /// <summary>Takes an area out.</summary>
    public void Remove(IoasArea area)
    {
        _root = Remove(_root!, area);
        area.Left = null;
        area.Right = null;
    }

    private static IoasArea Insert(IoasArea? node, IoasArea area)
    {
        if (node is null)
        {
            return area;
        }

        if (area.Start < node.Start)
        {
            node.Left = Insert(node.Left, area);
        }
        else
        {
            node.Right = Insert(node.Right, area);
        }

        return Balance(node);
    }

    private static IoasArea? Remove(IoasArea node, IoasArea area)
    {
        if (area.Start < node.Start)
        {
            node.Left = Remove(node.Left!, area);
        }
        else if (area.Start > node.Start)
        {
            node.Right = Remove(node.Right!, area);
        }
        else if (node.Left is null)
        {
            return node.Right;
        }
        else if (node.Right is null)
        {
            return node.Left;
        }
        else
        {
            IoasArea? rest = RemoveFirst(node.Right, out IoasArea successor);
            successor.Left = node.Left;
            successor.Right = rest;
            return Balance(successor);
        }

        return Balance(node);
    }

    private static IoasArea? RemoveFirst(IoasArea node, out IoasArea first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }

        node.Left = RemoveFirst(node.Left, out first);
        return Balance(node);
    }

    private static IoasArea Balance(IoasArea node)
    {
        int left = HeightOf(node.Left);
        int right = HeightOf(node.Right);
        if (left > right + 1)
        {
            if (HeightOf(node.Left!.Left) < HeightOf(node.Left.Right))
            {
                node.Left = RotateLeft(node.Left);
            }

            return RotateRight(node);
        }

        if (right > left + 1)
        {
            if (HeightOf(node.Right!.Right) < HeightOf(node.Right.Left))
            {
                node.Right = RotateRight(node.Right);
            }

            return RotateLeft(node);
        }

        node.Height = (byte)(Math.Max(left, right) + 1);
        return node;
    }

    private static IoasArea RotateLeft(IoasArea node)
    {
        IoasArea up = node.Right!;
        node.Right = up.Left;
        up.Left = node;
        SetHeight(node);
        SetHeight(up);
        return up;
    }

    private static IoasArea RotateRight(IoasArea node)
    {
        IoasArea up = node.Left!;
        node.Left = up.Right;
        up.Right = node;
        SetHeight(node);
        SetHeight(up);
        return up;
    }

    private static void SetHeight(IoasArea node) => node.Height = (byte)(Math.Max(HeightOf(node.Left), HeightOf(node.Right)) + 1);

    private static int HeightOf(IoasArea? node) => node?.Height ?? 0;
}
