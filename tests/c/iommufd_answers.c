/*
 * What an iommufd answers, one line a call: four hundred calls in order, hostile and otherwise, on /dev/iommu and one
 * VFIO device node. tests/transcripts/iommufd-*.txt are its output on Linux 7.2.13; the soft kernel's tests make the
 * same calls and compare. Usage: iommufd_answers [/dev/vfio/devices/vfioN]
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
static int fd;
struct map {
	u32 size, flags, ioas, res;
	u64 va, len, iova;
};
struct mapf {
	u32 size, flags, ioas;
	int fd;
	u64 start, len, iova;
};
struct unmap {
	u32 size, ioas;
	u64 iova, len;
};
struct copy {
	u32 size, flags, dst, src;
	u64 len, diova, siova;
};
struct ranges {
	u32 size, ioas, num, res;
	u64 p, align;
};
struct allow {
	u32 size, ioas, num, res;
	u64 p;
};
struct opt {
	u32 size, id;
	u16 op, res;
	u32 obj;
	u64 val;
};
struct vioas {
	u32 size, ioas;
	u16 op, res;
};
struct hwpt {
	u32 size, flags, dev, pt, out, res, dtype, dlen;
	u64 dptr;
	u32 fault, res2;
};
struct hwinfo {
	u32 size, flags, dev, dlen;
	u64 dptr;
	u32 type;
	unsigned char pasid, r[3];
	u64 caps;
};
struct alloc {
	u32 size, flags, id;
};
static int io(int f, unsigned r, void *p)
{
	int x = ioctl(f, r, p);
	return x < 0 ? -errno : x;
}
static const char *cur = "";
#define P(fmt, ...) printf("%s " fmt "\n", cur, ##__VA_ARGS__)
static u64 base;
static u32 ioas_alloc(void)
{
	struct alloc a = {12, 0, 0};
	int r = io(fd, 0x3b81, &a);
	if (r)
		printf("alloc %d\n", r);
	return a.id;
}
static void destroy(u32 id)
{
	u32 d[2] = {8, id};
	int r = io(fd, 0x3b80, d);
	P("DESTROY %u = %d", id, r);
}
static void map(u32 ioas, u32 flags, u64 va, u64 len, u64 iova)
{
	struct map m = {40, flags, ioas, 0, va, len, iova};
	int r = io(fd, 0x3b85, &m);
	P("MAP ioas=%u flags=%u va=%llx len=%llx iova=%llx = %d iova=%llx", ioas, flags, (long long)(va - base),
	  (long long)len, (long long)iova, r, (long long)m.iova);
}
static void unmap(u32 ioas, u64 iova, u64 len)
{
	struct unmap m = {24, ioas, iova, len};
	int r = io(fd, 0x3b86, &m);
	P("UNMAP ioas=%u iova=%llx len=%llx = %d len=%llx", ioas, (long long)iova, (long long)len, r, (long long)m.len);
}
static void copy(u32 dst, u32 src, u32 flags, u64 len, u64 d, u64 s)
{
	struct copy m = {40, flags, dst, src, len, d, s};
	int r = io(fd, 0x3b83, &m);
	P("COPY dst=%u src=%u flags=%u len=%llx d=%llx s=%llx = %d d=%llx", dst, src, flags, (long long)len,
	  (long long)d, (long long)s, r, (long long)m.diova);
}
static void ranges(u32 ioas, u32 num, u32 res)
{
	u64 b[64];
	memset(b, 0xee, sizeof b);
	struct ranges m = {32, ioas, num, res, (u64)b, 7};
	int r = io(fd, 0x3b84, &m);
	printf("%s RANGES ioas=%u num=%u res=%u = %d num=%u align=%llx", cur, ioas, num, res, r, m.num,
	       (long long)m.align);
	u32 k = m.num < num ? m.num : num;
	if (r == 0 || r == -90)
		for (u32 i = 0; i < k && i < 32; i++)
			printf(" [%llx-%llx]", (long long)b[2 * i], (long long)b[2 * i + 1]);
	printf("\n");
}
static void allow(u32 ioas, u32 num, u32 res, const u64 *b)
{
	struct allow m = {24, ioas, num, res, (u64)b};
	int r = io(fd, 0x3b82, &m);
	printf("%s ALLOW ioas=%u res=%u", cur, ioas, res);
	if (b != (void *)1)
		for (u32 i = 0; i < num; i++)
			printf(" [%llx-%llx]", (long long)b[2 * i], (long long)b[2 * i + 1]);
	printf(" = %d\n", r);
}
static void opt(u32 id, u16 op, u16 res, u32 obj, u64 val)
{
	struct opt m = {24, id, op, res, obj, val};
	int r = io(fd, 0x3b87, &m);
	P("OPTION id=%u op=%u res=%u obj=%u val=%llu = %d val=%llu", id, op, res, obj, (long long)val, r,
	  (long long)m.val);
}
static void vioas(u16 op, u16 res, u32 ioas)
{
	struct vioas m = {12, ioas, op, res};
	int r = io(fd, 0x3b88, &m);
	P("VFIO_IOAS op=%u res=%u ioas=%u = %d ioas=%u", op, res, ioas, r, m.ioas);
}
static u32 hwpt(u32 flags, u32 dev, u32 pt, u32 res, u32 dtype, u32 dlen, u64 dptr, u32 fault, u32 res2)
{
	struct hwpt m = {48, flags, dev, pt, 0, res, dtype, dlen, dptr, fault, res2};
	int r = io(fd, 0x3b89, &m);
	P("HWPT_ALLOC flags=%u dev=%u pt=%u res=%u dtype=%u dlen=%u fault=%u res2=%u = %d out=%u", flags, dev, pt, res,
	  dtype, dlen, fault, res2, r, m.out);
	return r ? 0 : m.out;
}
static void hwinfo(u32 dev, u32 flags, u32 type, u32 dlen, int badptr, int resv)
{
	unsigned char b[64];
	memset(b, 0xee, sizeof b);
	struct hwinfo m = {40, flags, dev, dlen, badptr ? 1 : (u64)b, type, 0, {resv, 0, 0}, 0x55};
	int r = io(fd, 0x3b8a, &m);
	printf("%s HWINFO dev=%u flags=%u type=%u dlen=%u bad=%d resv=%d = %d", cur, dev, flags, type, dlen, badptr,
	       resv, r);
	if (!r)
		printf(" type=%u dlen=%u pasid=%u caps=%llx", m.type, m.dlen, m.pasid, (long long)m.caps);
	printf(" data=");
	for (u32 i = 0; i < (dlen < 40 ? dlen + 2 : 40); i++)
		printf("%02x", b[i]);
	printf("\n");
}
static void raw(unsigned req, void *p, const char *what)
{
	int r = io(fd, req, p);
	P("RAW %x %s = %d", req, what, r);
}
static int dfd;
static u32 dev;
struct bind {
	u32 argsz, flags;
	int fd;
	u32 dev;
	u64 tok;
};
struct att {
	u32 argsz, flags, pt, pasid;
};
static u32 attach(u32 pt)
{
	struct att a = {12, 0, pt, 0};
	int r = io(dfd, 0x3b77, &a);
	P("ATTACH pt=%u = %d pt=%u", pt, r, a.pt);
	return a.pt;
}
static void detach(void)
{
	u32 a[2] = {8, 0};
	int r = io(dfd, 0x3b78, a);
	P("DETACH = %d", r);
}
static void ext(u64 e)
{
	int r = ioctl(fd, 0x3b65, e);
	P("CHECK_EXTENSION %llu = %d", (long long)e, r < 0 ? -errno : r);
}
static void setiommu(u64 e)
{
	int r = ioctl(fd, 0x3b66, e);
	P("SET_IOMMU %llu = %d", (long long)e, r < 0 ? -errno : r);
}
struct t1map {
	u32 argsz, flags;
	u64 va, iova, size;
};
struct t1un {
	u32 argsz, flags;
	u64 iova, size;
};
static void cmap(u32 argsz, u32 flags, u64 va, u64 iova, u64 size)
{
	struct t1map m = {argsz, flags, va, iova, size};
	int r = io(fd, 0x3b71, &m);
	P("CMAP argsz=%u flags=%u va=%llx iova=%llx size=%llx = %d", argsz, flags, (long long)(va - base),
	  (long long)iova, (long long)size, r);
}
static void cunmap(u32 argsz, u32 flags, u64 iova, u64 size)
{
	struct t1un m = {argsz, flags, iova, size};
	int r = io(fd, 0x3b72, &m);
	P("CUNMAP argsz=%u flags=%u iova=%llx size=%llx = %d size=%llx", argsz, flags, (long long)iova, (long long)size,
	  r, (long long)m.size);
}
static void cinfo(u32 argsz)
{
	unsigned char b[512];
	memset(b, 0xee, sizeof b);
	*(u32 *)b = argsz;
	int r = io(fd, 0x3b70, b);
	printf("%s CINFO argsz=%u = %d ", cur, argsz, r);
	for (u32 i = 0; i < (argsz < 120 ? argsz + 4 : 120); i++)
		printf("%02x", b[i]);
	printf("\n");
}
#define M ~0ull
int main(int c, char **v)
{
	setvbuf(stdout, 0, _IOLBF, 0);
	fd = open("/dev/iommu", O_RDWR);
	char *m =
	    mmap((void *)0x40000000, 0x1000000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	base = (u64)m;
	memset(m, 1, 0x1000000);
	u64 A = base;
	cur = "gen";
	{
		u32 x[16] = {0};
		x[0] = 8;
		x[1] = 99;
		raw(0x3b80, (void *)1, "badptr");
		raw(0x3bff, (void *)1, "unknown nr");
		raw(0x1280, (void *)1, "wrong type badptr");
		raw(0x1280, x, "wrong type");
		x[0] = 7;
		raw(0x3b80, x, "short");
		x[0] = 12;
		x[2] = 1;
		raw(0x3b80, x, "long nonzero");
		x[2] = 0;
		raw(0x3b80, x, "long zero noent");
		x[0] = 0;
		raw(0x3b95, x, "0x95");
		raw(0x3b60, x, "0x60");
	}
	{
		struct alloc a = {12, 1, 0};
		raw(0x3b81, &a, "alloc flags");
	}
	cur = "opt0";
	opt(0, 1, 0, 0, 9);
	opt(0, 0, 0, 0, 1);
	opt(0, 1, 0, 0, 9);
	opt(0, 0, 0, 0, 2);
	opt(0, 0, 0, 0, 0);
	opt(0, 0, 0, 5, 0);
	opt(0, 2, 0, 0, 0);
	opt(0, 1, 1, 0, 0);
	opt(2, 1, 0, 0, 0);
	opt(1, 1, 0, 77, 0);
	opt(1, 2, 0, 77, 0);
	vioas(0, 0, 0);
	vioas(1, 0, 55);
	vioas(3, 0, 0);
	vioas(0, 1, 0);
	vioas(2, 0, 0);
	ext(1);
	ext(3);
	ext(4);
	ext(6);
	ext(9);
	ext(10);
	ext(77);
	setiommu(1);
	setiommu(2);
	setiommu(3);
	cinfo(15);
	cinfo(16);
	cmap(32, 3, A, 0x1000, 0x1000);
	u32 i1 = ioas_alloc();
	opt(0, 0, 0, 0, 1);
	opt(0, 0, 0, 0, 2);
	opt(0, 1, 0, 0, 9);
	opt(1, 1, 0, i1, 9);
	opt(1, 0, 0, i1, 2);
	opt(1, 2, 0, i1, 0);
	opt(1, 0, 0, i1, 0);
	opt(1, 1, 0, i1, 9);
	ranges(i1, 32, 0);
	opt(1, 0, 0, i1, 1);
	opt(1, 1, 1, i1, 1);
	cur = "ranges";
	ranges(i1, 32, 0);
	ranges(i1, 0, 0);
	ranges(i1, 32, 1);
	ranges(99, 32, 0);
	ranges(0, 32, 0);
	cur = "allow";
	{
		u64 b[] = {0x10000, 0x10000};
		allow(i1, 1, 0, b);
		allow(i1, 1, 1, b);
		allow(99, 1, 1, b);
		allow(99, 1, 0, b);
	}
	{
		u64 b[] = {0x10000, 0x1ffff, 0x1ffff, 0x2ffff};
		allow(i1, 2, 0, b);
	}
	{
		u64 b[] = {0x20000, 0x10000};
		allow(i1, 1, 0, b);
	}
	{
		allow(i1, 1, 0, (void *)1);
	}
	{
		u64 b[] = {0x30000, 0x3ffff, 0x10000, 0x1ffff};
		allow(i1, 2, 0, b);
	}
	map(i1, 6, A, 0x1000, 0);
	map(i1, 6, A, 0x11000, 0);
	map(i1, 7, A, 0x1000, 0x80000);
	map(i1, 6, A, 0x10000, 0);
	map(i1, 6, A, 0x10000, 0);
	ranges(i1, 32, 0);
	allow(i1, 0, 0, 0);
	map(i1, 6, A, 0x1000, 0);
	map(i1, 6, A + 0x1000, 0x10000, 0);
	map(i1, 6, A, 0x200000, 0);
	map(i1, 6, A + 0x800, 0x1000, 0);
	map(i1, 6, A + 3, 0x1000, 0);
	map(i1, 6, 0, 0x300000, 0);
	map(i1, 6, A, 0x400000, 0);
	map(i1, 6, A, 5, 0);
	map(i1, 6, A + 5, 5, 0);
	map(i1, 6, A, M / 2, 0);
	map(i1, 6, A, M / 2 - 5, 0);
	map(i1, 6, A, 1ull << 62, 0);
	map(i1, 6, A, 1ull << 62, 0);
	map(i1, 6, A, 1ull << 62, 0);
	map(i1, 6, A, 1ull << 62, 0);
	unmap(i1, 0, M);
	unmap(i1, 0, M);
	{
		u64 b[] = {0x1000, 0x1fff, 0x2000, 0x2fff};
		allow(i1, 2, 0, b);
		map(i1, 6, A, 0x2000, 0);
		map(i1, 6, 0, 0x2000, 0);
		map(i1, 6, A, 0x1000, 0);
		unmap(i1, 0, M);
	}
	{
		u64 b[] = {0x1000, 0x1ffe, 0x2000, 0x2fff};
		allow(i1, 2, 0, b);
		map(i1, 6, A, 0x1000, 0);
		unmap(i1, 0, M);
	}
	{
		u64 b[] = {0x0, 0x1001};
		allow(i1, 1, 0, b);
		map(i1, 6, A, 2, 0);
		map(i1, 6, A, 1, 0);
		map(i1, 6, A + 1, 1, 0);
		unmap(i1, 0, M);
		allow(i1, 0, 0, 0);
	}
	cur = "map";
	map(i1, 8, A, 0x1000, 0);
	{
		struct map x = {40, 6, i1, 1, A, 0x1000, 0};
		raw(0x3b85, &x, "reserved");
	}
	map(i1, 8 | 6, A, 0x1000, M);
	map(i1, 6, A, 0x1000, M);
	map(i1, 6, A, M, 0);
	map(99, 1, A, 0x1000, M);
	map(99, 1, A, 0x1000, 0);
	map(99, 7, A, 0, 0);
	map(i1, 7, A, 0, 0x1000);
	map(i1, 7, M - 5, 0, 0x1000);
	map(i1, 7, M - 5, 0x1000, 0x1000);
	map(i1, 7, A, M - 1, 0x1000);
	map(i1, 7, 0, M - 1, 0x1000);
	map(i1, 7, 0, M - 0x1000, 0x1000);
	map(i1, 7, A, 0x1000, 0x1001);
	map(i1, 7, A, 5, 0x1001);
	map(i1, 7, A, 0x1000, 0x1002);
	map(i1, 7, A + 7, 0x1000, 0x5003);
	map(i1, 7, A, 0x1000, M - 1);
	map(i1, 7, A, 2, M - 1);
	map(i1, 7, A, 0x1000, M - 0x1000);
	map(i1, 7, A, 0x1000, M - 0xfff);
	map(i1, 3, A, 0x1000, 0x100000);
	map(i1, 5, A, 0x1000, 0x200000);
	map(i1, 7, 0x10, 0x1000, 0x300000);
	map(i1, 7, 0, 0x1000, 0x400000);
	cur = "copy";
	u32 i2 = ioas_alloc();
	copy(i2, i1, 8, 0x1000, 0, 0x100000);
	copy(i2, i1, 6, M, 0, 0x100000);
	copy(i2, i1, 6, 1, M, 0x100000);
	copy(i2, i1, 6, 1, 1, M);
	copy(99, 98, 1, 0, 0, 0);
	copy(99, 98, 6, 0, 0, 0);
	copy(i2, 98, 6, 0, 0, 0);
	copy(99, i1, 6, 0, 0, 0x100000);
	copy(99, i1, 6, 0x1000, 0, 0x100000);
	copy(i2, i1, 6, 0x1001, 0, 0x100000);
	copy(i2, i1, 6, M - 1, 0, 0x100000);
	copy(i2, i1, 6, 0x1000, 0, 0x100000);
	copy(i2, i1, 2 | 1, 0x1000, 0x8000, 0x200000);
	copy(i2, i1, 4 | 1, 0x1000, 0x8000, 0x200000);
	copy(i2, i1, 4 | 1, 0x1000, 0x8000, 0x200000);
	copy(i2, i1, 7, 0x800, 0x10000, 0x100400);
	copy(i1, i1, 7, 0x1000, 0x101000, 0x100000);
	copy(i2, i1, 7, 0x1800, 0x20000, 0x100400);
	unmap(i2, 0x20000, 0x1800);
	unmap(i2, 0x20000, 0x1800);
	copy(i2, i1, 6, 0x1800, 0, 0x100400);
	copy(i2, i1, 7, 0x10, M - 1, 0x100000);
	copy(i2, i1, 7, 0x10, 0x20000, 0x300000);
	ranges(i2, 32, 0);
	cur = "unmap";
	unmap(99, 0, 0);
	unmap(i1, 0, 0);
	unmap(i1, M, 5);
	unmap(i1, 5, M);
	unmap(i1, M - 1, 5);
	unmap(i1, 0x50000000, 0x1000);
	unmap(i1, 0x100000, 0x800);
	unmap(i1, 0x100800, 0x800);
	unmap(i1, 0x100000, 0x1800);
	unmap(i1, 0x100000, 0x2000);
	unmap(i1, 0x1fffff, 0x1002);
	unmap(i1, 0, M);
	unmap(i1, 0, M);
	unmap(i1, 0, M - 1);
	unmap(i2, 0, M);
	cur = "hugeopt";
	map(i1, 7, A, 0x800, 0x800);
	opt(1, 0, 0, i1, 0);
	unmap(i1, 0, M);
	map(i1, 7, A, 0x1000, 0x1000);
	opt(1, 0, 0, i1, 0);
	map(i1, 7, A, 0x800, 0x8000);
	opt(1, 0, 0, i1, 1);
	unmap(i1, 0, M);
	cur = "file";
	{
		int mf = memfd_create("x", 0);
		ftruncate(mf, 0x4000);
#define MF(i, fl, f, st, ln, io_)                                                                                      \
	do {                                                                                                           \
		struct mapf x = {40, fl, i, f, st, ln, io_};                                                           \
		int r = io(fd, 0x3b8f, &x);                                                                            \
		P("MAP_FILE ioas=%u flags=%u fd=%s start=%llx len=%llx iova=%llx = %d iova=%llx", i, (u32)(fl),        \
		  f == mf   ? "mf"                                                                                     \
		  : f == fd ? "iommufd"                                                                                \
			    : "bad",                                                                                   \
		  (long long)st, (long long)(ln), (long long)(io_), r, (long long)x.iova);                             \
	} while (0)
		MF(i1, 8, mf, 0ull, 0x1000ull, 0ull);
		MF(99, 6, -1, 0ull, 0ull, 0ull);
		MF(i1, 6, -1, 0ull, 0ull, 0ull);
		MF(i1, 6, -1, M - 5, 0x1000ull, 0ull);
		MF(i1, 6, -1, 0ull, 0x1000ull, 0ull);
		MF(i1, 6, fd, 0ull, 0x1000ull, 0ull);
		MF(i1, 6, mf, 0ull, 0x1000ull, 0ull);
		MF(i1, 6, mf, 0x3000ull, 0x2000ull, 0ull);
		MF(i1, 6, mf, 0x3000ull, M - 0x800, 0ull);
		MF(i1, 6, mf, 0ull, M - 0x800, 0ull);
		MF(i1, 6, mf, 0x800ull, 0x1000ull, 0ull);
		MF(i1, 1, mf, 0ull, 0x1000ull, 0ull);
		unmap(i1, 0, M);
	}
	cur = "compat";
	vioas(1, 0, i1);
	vioas(0, 0, 0);
	vioas(1, 0, 99);
	vioas(0, 0, 0);
	ext(4);
	setiommu(2);
	setiommu(3);
	cinfo(15);
	cinfo(16);
	cinfo(24);
	cinfo(30);
	cinfo(36);
	cinfo(52);
	cinfo(68);
	cinfo(69);
	cinfo(200);
	cmap(31, 3, A, 0x1000, 0x1000);
	cmap(32, 7, A, 0x1000, 0x1000);
	cmap(32, 0, A, 0x1000, 0x1000);
	cmap(32, 3, A, 0x1000, 0x1000);
	cmap(32, 3, A, 0x2000, 0);
	cmap(32, 3, M - 5, 0x2000, 0x1000);
	cmap(32, 3, A, M, 0x1000);
	cmap(32, 3, A, 0x2000, M);
	cunmap(23, 0, 0, 0);
	cunmap(24, 1, 0, 0);
	cunmap(24, 4, 0, 0);
	cunmap(24, 2, 1, 0);
	cunmap(24, 2, 0, 1);
	cunmap(24, 0, 0x5000, 0x1000);
	cunmap(24, 0, 0x1000, 0);
	cunmap(24, 0, 0x1000, 0x800);
	cunmap(24, 0, 0x1000, 0x1000);
	cunmap(24, 0, M, 2);
	cunmap(24, 2, 0, 0);
	cmap(32, 3, A, 0x1000, 0x4000);
	setiommu(1);
	cunmap(24, 0, 0x2000, 0x1000);
	cinfo(100);
	cunmap(24, 0, 0x1000, 0x800);
	cunmap(24, 0, 0x1000, 0x1000);
	cunmap(24, 0, 0, 0x10000);
	cunmap(24, 0, 0, 0x10000);
	cunmap(24, 2, 0, 0);
	opt(1, 0, 0, i1, 1);
	vioas(2, 0, 0);
	ext(4);
	destroy(i1);
	destroy(i1);
	destroy(i2);
	destroy(0);
	cur = "dev";
	if (c < 2)
		return 0;
	dfd = open(v[1], O_RDWR);
	{
		struct bind b = {16, 0, fd, 0, 0};
		int r = io(dfd, 0x3b76, &b);
		dev = b.dev;
		P("BIND = %d dev=%u", r, dev);
	}
	i1 = ioas_alloc();
	destroy(dev);
	opt(0, 0, 0, 0, 0);
	cur = "hwinfo";
	hwinfo(dev, 0, 0, 24, 0, 0);
	hwinfo(dev, 0, 0, 0, 0, 0);
	hwinfo(dev, 0, 0, 8, 0, 0);
	hwinfo(dev, 0, 0, 40, 0, 0);
	hwinfo(dev, 0, 0, 24, 1, 0);
	hwinfo(dev, 0, 0, 24, 0, 1);
	hwinfo(dev, 2, 0, 24, 0, 0);
	hwinfo(99, 2, 0, 24, 0, 0);
	hwinfo(99, 0, 0, 24, 0, 0);
	hwinfo(i1, 0, 0, 24, 0, 0);
	hwinfo(dev, 1, 0, 24, 0, 0);
	hwinfo(dev, 1, 1, 24, 0, 0);
	hwinfo(dev, 1, 2, 24, 0, 0);
	hwinfo(dev, 1, 4, 24, 0, 0);
	hwinfo(dev, 0, 3, 24, 0, 0);
	hwinfo(dev, 0, 0, 0, 1, 0);
	cur = "hwpt";
	hwpt(0, dev, i1, 1, 0, 0, 0, 0, 0);
	hwpt(0, 99, 99, 0, 0, 4, 0, 0, 0);
	hwpt(0, 99, 99, 0, 1, 0, 0, 0, 0);
	hwpt(0, 99, 99, 0, 0, 0, 0, 0, 0);
	hwpt(0, i1, 99, 0, 0, 0, 0, 0, 0);
	hwpt(0, dev, 99, 0, 0, 0, 0, 0, 0);
	hwpt(0, dev, dev, 0, 0, 0, 0, 0, 0);
	for (u32 f = 1; f <= 32; f <<= 1) {
		u32 h = hwpt(f, dev, i1, 0, 0, 0, 0, 0, 0);
		if (h)
			destroy(h);
	}
	{
		u32 h = hwpt(5, dev, i1, 0, 0, 0, 0, 0, 0);
		if (h)
			destroy(h);
		h = hwpt(3, dev, i1, 0, 0, 0, 0, 0, 0);
		if (h)
			destroy(h);
		h = hwpt(9, dev, i1, 0, 0, 0, 0, 0, 0);
		if (h)
			destroy(h);
		h = hwpt(10, dev, i1, 0, 0, 0, 0, 0, 0);
		if (h)
			destroy(h);
		h = hwpt(4, dev, i1, 0, 0, 0, 0, i1, 0);
		if (h)
			destroy(h);
	}
	{
		char d[64] = {0};
		for (u32 t = 1; t < 6; t++)
			hwpt(0, dev, i1, 0, t, 16, (u64)d, 0, 0);
		hwpt(0, dev, i1, 0, 1, 16, 1, 0, 0);
	}
	u32 h1 = hwpt(0, dev, i1, 0, 0, 0, 0, 0, 7);
	ranges(i1, 32, 0);
	hwpt(0, dev, h1, 0, 0, 0, 0, 0, 0);
	hwpt(1, dev, h1, 0, 0, 0, 0, 0, 0);
	{
		char d[64] = {0};
		for (u32 t = 1; t < 5; t++)
			hwpt(0, dev, h1, 0, t, 16, (u64)d, 0, 0);
		hwpt(1, dev, h1, 0, 1, 16, (u64)d, 0, 0);
		hwpt(4, dev, h1, 0, 1, 16, (u64)d, 0, 0);
		u32 np = hwpt(1, dev, i1, 0, 0, 0, 0, 0, 0);
		if (np) {
			hwpt(0, dev, np, 0, 1, 16, (u64)d, 0, 0);
			destroy(np);
		}
	}
	destroy(i1);
	map(i1, 6, A, 0x1000, 0);
	map(i1, 6, 0x10000, 0x1000, 0);
	map(i1, 7, A, 0x1000, 0xfee00000);
	map(i1, 7, A, 0x1000, 0x8000000000);
	map(i1, 7, A, 0x1000, 0xffffffff000);
	map(i1, 7, A, 0x800, 0x1000);
	map(i1, 7, A, 0x1000, 0x1800);
	map(i1, 7, A + 0x800, 0x1000, 0x10000);
	map(i1, 6, A + 0x800, 0x1000, 0x10000);
	map(i1, 7, 0x10000, 0x1000, 0x20000);
	map(i1, 7, 0x10001, 0x1000, 0x20000);
	opt(1, 0, 0, i1, 0);
	opt(1, 1, 0, i1, 0);
	u32 i3 = ioas_alloc();
	map(i3, 7, 0x10000, 0x1000, 0x20000);
	hwpt(0, dev, i3, 0, 0, 0, 0, 0, 0);
	ranges(i3, 32, 0);
	unmap(i3, 0, M);
	map(i3, 7, A, 0x800, 0x1000);
	hwpt(0, dev, i3, 0, 0, 0, 0, 0, 0);
	unmap(i3, 0, M);
	map(i3, 7, A, 0x1000, 0xfffffffff0000000);
	hwpt(0, dev, i3, 0, 0, 0, 0, 0, 0);
	unmap(i3, 0, M);
	{
		u64 b[] = {0xfffffffff0000000, 0xffffffffff000000};
		allow(i3, 1, 0, b);
		hwpt(0, dev, i3, 0, 0, 0, 0, 0, 0);
		allow(i3, 0, 0, 0);
	}
	cur = "attach";
	ranges(i3, 32, 0);
	detach();
	attach(99);
	attach(dev);
	attach(0);
	map(i3, 7, A, 0x1000, 0xfee00000);
	attach(i3);
	unmap(i3, 0, M);
	{
		u64 b[] = {0xfee00000, 0xfee00fff};
		allow(i3, 1, 0, b);
		attach(i3);
		allow(i3, 0, 0, 0);
	}
	map(i3, 7, 0x10000, 0x1000, 0x20000);
	attach(i3);
	ranges(i3, 32, 0);
	unmap(i3, 0, M);
	u32 a1 = attach(i3);
	ranges(i3, 32, 0);
	hwpt(0, dev, a1, 0, 0, 0, 0, 0, 0);
	{
		char d[64] = {0};
		hwpt(0, dev, a1, 0, 1, 16, (u64)d, 0, 0);
	}
	{
		u64 b[] = {0x1000, 0xfee00000};
		allow(i3, 1, 0, b);
		allow(i3, 1, 0, b);
	}
	map(i3, 7, A, 0x1000, 0xfee00000);
	map(i3, 6, A, 0x1000, 0);
	a1 = attach(i3);
	a1 = attach(h1);
	ranges(i1, 32, 0);
	ranges(i3, 32, 0);
	destroy(h1);
	destroy(i1);
	attach(h1);
	attach(i1);
	u32 a2 = attach(i3);
	destroy(a2);
	map(i1, 7, A, 0x1000, 0xfee00000);
	attach(i1);
	unmap(i1, 0xfee00000, 0x1000);
	attach(h1);
	destroy(a2);
	attach(a2);
	detach();
	ranges(i1, 32, 0);
	detach();
	destroy(h1);
	ranges(i1, 32, 0);
	destroy(i1);
	vioas(1, 0, i3);
	ext(4);
	a1 = attach(i3);
	ext(4);
	opt(1, 0, 0, i3, 0);
	copy(i3, i3, 6, 0x1000, 0, 0x1000);
	map(i3, 6, A, 0x200000, 0);
	map(i3, 6, A + 0x1000, 0x200000, 0);
	map(i3, 6, A + 0x2000, 0x1000, 0);
	unmap(i3, 0x200000, 0x1000);
	cinfo(200);
	u32 i4 = ioas_alloc();
	copy(i4, i3, 6, 0x1000, 0, 0x1000);
	attach(i4);
	ext(4);
	vioas(1, 0, i4);
	ext(4);
	destroy(i3);
	destroy(i4);
	detach();
	destroy(i4);
	vioas(0, 0, 0);
	ext(4);
	{
		int mf = memfd_create("x", 0);
		ftruncate(mf, 0x4000);
		i4 = ioas_alloc();
		attach(i4);
		MF(i4, 6, mf, 0ull, 0x1000ull, 0ull);
		MF(i4, 6, mf, 0x3000ull, 0x2000ull, 0ull);
		MF(i4, 6, fd, 0ull, 0x1000ull, 0ull);
		MF(i4, 6, mf, 0x800ull, 0x1000ull, 0ull);
		MF(i4, 6, mf, 0x2000ull, 0x2000ull, 0ull);
		MF(i4, 6, mf, 0x4000ull, 0x1000ull, 0ull);
		int ro = open("/proc/self/exe", O_RDONLY);
		int sv = mf;
		mf = ro;
		MF(i4, 6, mf, 0ull, 0x1000ull, 0ull);
		mf = sv;
		char pth[64];
		sprintf(pth, "/proc/self/fd/%d", mf);
		int rof = open(pth, O_RDONLY);
		mf = rof;
		MF(i4, 6, mf, 0ull, 0x1000ull, 0ull);
		MF(i4, 4, mf, 0ull, 0x1000ull, 0ull);
	}
	{
		char *r = mmap((void *)0x50000000, 0x4000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		map(i4, 6, (u64)r, 0x1000, 0);
		map(i4, 4, (u64)r, 0x1000, 0);
		map(i4, 6, A + 0xffe000, 0x2000, 0);
		map(i4, 6, A + 0xfff000, 0x2000, 0);
	}
	return 0;
}
