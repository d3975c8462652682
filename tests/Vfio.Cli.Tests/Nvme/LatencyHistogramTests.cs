using Vfio.Cli.Nvme.Bench;

namespace Vfio.Cli.Tests.Nvme;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void What_is_read_is_at_most_one_part_in_128_above_what_was_recorded()
    {
        Random random = new(1);
        LatencyHistogram histogram = new();
        long[] values = [.. Enumerable.Range(0, 20_000).Select(_ => (long)Math.Pow(2, random.NextDouble() * 39)).Order()];
        Array.ForEach(values, histogram.Record);
        foreach (double share in (double[])[0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1])
        {
            long exact = values[Math.Clamp((int)Math.Ceiling(share * values.Length) - 1, 0, values.Length - 1)];
            Assert.InRange(histogram.At(share), exact, exact + (exact / 128) + 1);
        }

        Assert.Equal(values[0], histogram.Minimum);
        Assert.Equal(values[^1], histogram.Maximum);
        Assert.Equal(values.Average(), histogram.Mean, 1.0);
    }

    [Fact]
    public void Every_number_up_to_a_few_thousand_and_around_every_power_of_two_reads_as_itself_or_a_little_more()
    {
        foreach (long value in Enumerable.Range(0, 5000).Select(static i => (long)i).Concat(Enumerable.Range(1, 39).SelectMany(static bit => (long[])[(1L << bit) - 1, 1L << bit, (1L << bit) + 1])))
        {
            LatencyHistogram histogram = new();
            histogram.Record(value);
            // Something longer, so that the largest is not what answers.
            histogram.Record(1L << 39);
            Assert.InRange(histogram.At(0.5), value, value + (value / 128));
        }
    }

    [Fact]
    public void What_is_out_of_range_counts_as_the_nearest_that_is_not()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal(0, histogram.Minimum);
        Assert.Equal((1L << 40) - 1, histogram.Maximum);
        Assert.Equal(histogram.Maximum, histogram.At(1));
    }

    [Fact]
    public void Those_of_several_threads_add_up()
    {
        LatencyHistogram one = new();
        LatencyHistogram other = new();
        LatencyHistogram sum = new();
        one.Record(10);
        other.Record(30);
        other.Record(20);
        sum.Add(new LatencyHistogram());
        sum.Add(one);
        sum.Add(other);
        Assert.Equal((3, 10, 30, 20.0, 20), (sum.Count, sum.Minimum, sum.Maximum, sum.Mean, sum.At(0.5)));
    }

    [Fact]
    public void Nothing_recorded_reads_as_nothing()
    {
        LatencyHistogram histogram = new();
        Assert.Equal((0, 0, 0, 0.0, 0), (histogram.Count, histogram.Minimum, histogram.Maximum, histogram.Mean, histogram.At(0.5)));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            histogram.Record(i * 1000L);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
