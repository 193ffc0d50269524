/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fork takes all locks of all handles first, so that the child finds every handle consistent. In the child
 * the other threads do not exist: what they were loading is marked absent again.
 */
#define NDEBUG /* a library does not abort: compiles out utlist's assertions */
#include <utlist.h>

#include "fork.h"
#include "memory.h"
#include "page_load.h"

static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pb_paged *handles;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int not_installed;

static void before_fork(void)
{
	pthread_mutex_lock(&handles_lock);
	for (struct pb_paged *p = handles; p; p = p->next) {
		pthread_mutex_lock(&p->predict_lock);
		pthread_mutex_lock(&p->lock);
		file_lock(&p->file);
	}
}

static void unlock_all(void)
{
	for (struct pb_paged *p = handles; p; p = p->next) {
		file_unlock(&p->file);
		pthread_mutex_unlock(&p->lock);
		pthread_mutex_unlock(&p->predict_lock);
	}
	pthread_mutex_unlock(&handles_lock);
}

static void forget_load(struct pb_paged *p, struct entry *e)
{
	memory_give(p, e);
	e->loading = e->wanted = false;
}

static void forget_threads(struct pb_paged *p)
{
	for (uint32_t i = 0; p->loading && i < p->manifest.count; i++)
		if (p->entries[i].loading)
			forget_load(p, &p->entries[i]);
	page_load_after_fork(p);
	p->ahead.bytes = 0;
	for (uint32_t i = 0; i < p->manifest.count; i++)
		p->ahead.bytes += p->entries[i].prefetched ? p->entries[i].size : 0;
	p->loading = p->waiting = p->demanded = 0;
	p->reserved = 0;
	pthread_cond_init(&p->loaded, NULL);
	ahead_after_fork(p);
	overlap_after_fork(&p->overlap);
	for (unsigned int i = 0; i < THREAD_IDS; i++)
		if (p->stripes[i])
			p->stripes[i]->busy = 0;
}

static void in_child(void)
{
	thread_id_after_fork();
	for (struct pb_paged *p = handles; p; p = p->next)
		forget_threads(p);
	unlock_all();
}

static void install(void)
{
	not_installed = pthread_atfork(before_fork, unlock_all, in_child);
}

bool fork_register(struct pb_paged *p)
{
	pthread_once(&once, install);
	if (not_installed)
		return false;
	pthread_mutex_lock(&handles_lock);
	DL_PREPEND(handles, p);
	pthread_mutex_unlock(&handles_lock);
	return true;
}

void fork_unregister(struct pb_paged *p)
{
	if (!p->prev) /* never registered */
		return;
	pthread_mutex_lock(&handles_lock);
	DL_DELETE(handles, p);
	pthread_mutex_unlock(&handles_lock);
}
