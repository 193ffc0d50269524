/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlap.h"

#include <errno.h>
#include <time.h>

enum {
	DEPTH = 64, /* requests in flight */
	PIECE = 1024 *
		1024, /* most bytes of one request: a large transfer is split, so that its parts overlap */
	THREADS_MOST = 8
};

void overlap_init(struct overlap *o)
{
	*o = (struct overlap){ .tried = false };
	pthread_mutex_init(&o->lock, NULL);
}

static void drop_ring(struct overlap *o)
{
	if (o->has_ring)
		io_uring_queue_exit(&o->ring);
	o->has_ring = false;
}

void overlap_free(struct overlap *o)
{
	drop_ring(o);
	pthread_mutex_destroy(&o->lock);
}

void overlap_after_fork(struct overlap *o)
{
	pthread_mutex_init(&o->lock, NULL);
	o->tried = false;
	drop_ring(o); /* closes the child's copies of descriptor and mappings; the parent's ring stays */
}

/* Creates the ring on first use; the kernel or a sandbox may refuse. */
static bool have_ring(struct overlap *o)
{
	if (!o->tried)
		o->has_ring = io_uring_queue_init(DEPTH, &o->ring, 0) == 0;
	o->tried = true;
	return o->has_ring;
}

/* --- by io_uring --- */

/* A read in flight: what is left of it. */
struct request {
	struct transfer *transfer;
	char *data;
	uint64_t offset;
	unsigned int size;
};

struct batch {
	struct io_uring *ring;
	struct file *file;
	struct transfer *next, *end;
	size_t at; /* bytes of `next` that have been requested */
	struct request requests[DEPTH];
	struct request *spare[DEPTH];
	unsigned int spares, under_way;
	unsigned int accepted, completed; /* by the kernel */
};

static void submit(struct batch *b, struct request *r)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(b->ring); /* never NULL: the ring has DEPTH entries */
	io_uring_prep_read(sqe, b->file->fd, r->data, r->size, r->offset);
	io_uring_sqe_set_data(sqe, r);
}

/* Submits new requests while there are spare ones. */
static void fill(struct batch *b)
{
	while (b->spares > 0 && b->next < b->end) {
		struct transfer *t = b->next;
		size_t left = t->size - b->at;
		unsigned int size = left < PIECE ? (unsigned int)left : PIECE;
		if (size == 0 || t->err) {
			b->next++;
			b->at = 0;
			continue;
		}
		struct request *r = b->spare[--b->spares];
		*r = (struct request){ t, t->data + b->at, t->offset + b->at, size };
		b->at += size;
		submit(b, r);
		b->under_way++;
	}
}

static void fail_transfer(struct transfer *t, int err, int error_number)
{
	t->err = err;
	t->error_number = error_number;
}

/* Continues a short read, retries an interrupted one, else ends the request. */
static void finish(struct batch *b, struct request *r, int result)
{
	if (result > 0) {
		r->data += result;
		r->offset += (unsigned int)result;
		r->size -= (unsigned int)result;
	} else if (result == 0) {
		fail_transfer(r->transfer, PB_ERR_TRUNCATED, 0);
	} else if (result != -EINTR && result != -EAGAIN) {
		fail_transfer(r->transfer, PB_ERR_IO, -result);
	}
	if (r->size > 0 && !r->transfer->err) {
		submit(b, r);
		return;
	}
	b->spare[b->spares++] = r;
	b->under_way--;
}

static void take_completed(struct batch *b)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	io_uring_for_each_cqe(b->ring, head, cqe)
	{
		finish(b, io_uring_cqe_get_data(cqe), cqe->res);
		seen++;
	}
	io_uring_cq_advance(b->ring, seen);
	b->completed += seen;
}

/* Waits until half of the requests are complete, or all if no more follow: waking up for each would take CPU
 * time from the kernel threads that copy. false: the ring failed; the kernel has finished with the buffers. */
static bool wait_some(struct batch *b)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int enough = b->next < b->end ? (b->under_way + 1) / 2 : b->under_way;
	int submitted = io_uring_submit_and_wait(b->ring, enough);
	b->accepted += submitted > 0 ? (unsigned int)submitted : 0;
	bool failed = submitted < 0 && submitted != -EINTR && submitted != -EAGAIN && submitted != -EBUSY;
	take_completed(b);
	while (failed && b->completed < b->accepted) {
		nanosleep(&pause, NULL);
		take_completed(b);
	}
	return !failed;
}

/* false: the ring failed; the results are undefined and the transfers must be made again. */
static bool read_by_ring(struct overlap *o, struct file *f, struct transfer *t, unsigned int count)
{
	struct batch b = { .ring = &o->ring, .file = f, .next = t, .end = t + count };
	for (unsigned int i = 0; i < DEPTH; i++)
		b.spare[b.spares++] = &b.requests[i];
	do {
		fill(&b);
	} while (b.under_way > 0 && wait_some(&b));
	return b.under_way == 0;
}

/* --- by threads --- */

struct crew {
	struct file *file;
	struct transfer *transfers;
	unsigned int count, next;
};

static void *work(void *arg)
{
	struct crew *c = arg;
	unsigned int i;
	while ((i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->count) {
		struct transfer *t = &c->transfers[i];
		if (t->err == PB_ERR_TRUNCATED)
			continue;
		t->err = t->size ? file_read(c->file, t->data, t->size, t->offset) : PB_OK;
		t->error_number = errno;
	}
	return NULL;
}

/* The caller works too, so that it succeeds even if no thread can be created. */
static void read_by_threads(struct file *f, struct transfer *t, unsigned int count)
{
	struct crew crew = { f, t, count, 0 };
	pthread_t ids[THREADS_MOST];
	unsigned int threads = 0;
	while (threads < THREADS_MOST && threads + 1 < count &&
		pthread_create(&ids[threads], NULL, work, &crew) == 0)
		threads++;
	work(&crew);
	while (threads > 0)
		pthread_join(ids[--threads], NULL);
}

static bool inside(const struct file *f, const struct transfer *t)
{
	return t->offset <= f->size && t->size <= f->size - t->offset;
}

void overlap_read(struct overlap *o, struct file *f, struct transfer *t, unsigned int count)
{
	int cancel;
	bool done = false;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	for (unsigned int i = 0; i < count; i++)
		t[i].err = inside(f, &t[i]) ? PB_OK : PB_ERR_TRUNCATED;
	if (f->mode == PB_READ_PREAD && count > 1 && pthread_mutex_trylock(&o->lock) == 0) {
		if (have_ring(o)) {
			done = read_by_ring(o, f, t, count);
			if (!done)
				drop_ring(o);
		}
		pthread_mutex_unlock(&o->lock);
	}
	if (!done)
		read_by_threads(f, t, count);
	pthread_setcancelstate(cancel, NULL);
}
