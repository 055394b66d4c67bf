#include "base/budget_impl.h"

#include "base/os/thread.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tree under one lock, the root's: a reservation first asks every ancestor, then charges
 * them all, so that no one ever sees half of it. */

const char *budget_tag_name(budget_tag tag)
{
    static const char *const names[] = {
#define X(name, text) [TAG_##name] = text,
        BUDGET_TAG_LIST(X)
#undef X
    };
    return (unsigned)tag < BUDGET_TAGS ? names[tag] : "unknown";
}

budget *budget_new(budget *parent, const char *name, int64_t limit_bytes)
{
    budget *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    snprintf(b->name, sizeof b->name, "%s", name);
    b->limit = limit_bytes > 0 ? limit_bytes : INT64_MAX;
    b->parent = parent;
    b->root = parent ? parent->root : b;
    lock_init(&b->lock);
    lock_init(&b->blocks_lock);
    if (parent) {
        lock_acquire(&b->root->lock);
        b->next_sibling = parent->first_child;
        parent->first_child = b;
        lock_release(&b->root->lock);
    }
    return b;
}

static void unlink_child(budget *b)
{
    budget **at = &b->parent->first_child;
    while (*at != b)
        at = &(*at)->next_sibling;
    *at = b->next_sibling;
}

void budget_free(budget *b)
{
    if (!b)
        return;
    assert(!b->first_child && !b->blocks);
    for (int tag = 0; tag < BUDGET_TAGS; tag++)
        if (b->own_by_tag[tag])
            budget_release(b, (budget_tag)tag, b->own_by_tag[tag]);
    if (b->parent) {
        lock_acquire(&b->root->lock);
        unlink_child(b);
        lock_release(&b->root->lock);
    }
    lock_deinit(&b->blocks_lock);
    lock_deinit(&b->lock);
    free(b);
}

static void usage_add(usage *u, int64_t bytes)
{
    int64_t live = u->live + bytes;
    u->live = live;
    if (live > u->peak)
        u->peak = live;
}

static bool fits(const budget *b, int64_t bytes)
{
    for (; b; b = b->parent)
        if (bytes > b->limit - b->total.live)
            return false;
    return true;
}

/* bytes may be negative; the root is locked */
static void charge(budget *b, budget_tag tag, int64_t bytes)
{
    b->own_by_tag[tag] += bytes;
    assert(b->own_by_tag[tag] >= 0);
    for (; b; b = b->parent) {
        usage_add(&b->total, bytes);
        usage_add(&b->by_tag[tag], bytes);
    }
}

bool budget_reserve(budget *b, budget_tag tag, int64_t bytes)
{
    assert(bytes >= 0);
    lock_acquire(&b->root->lock);
    bool ok = fits(b, bytes);
    if (ok)
        charge(b, tag, bytes);
    lock_release(&b->root->lock);
    return ok;
}

void budget_release(budget *b, budget_tag tag, int64_t bytes)
{
    assert(bytes >= 0);
    lock_acquire(&b->root->lock);
    charge(b, tag, -bytes);
    lock_release(&b->root->lock);
}

const char *budget_name(const budget *b)
{
    return b->name;
}

int64_t budget_limit(const budget *b)
{
    return b->limit;
}

int64_t budget_live(const budget *b)
{
    return b->total.live;
}

int64_t budget_peak(const budget *b)
{
    return b->total.peak;
}

int64_t budget_live_tag(const budget *b, budget_tag tag)
{
    return b->by_tag[tag].live;
}

int64_t budget_peak_tag(const budget *b, budget_tag tag)
{
    return b->by_tag[tag].peak;
}

static int64_t node_left(const budget *b)
{
    return b->limit == INT64_MAX ? INT64_MAX : b->limit - b->total.live;
}

const budget *budget_tightest(const budget *b)
{
    const budget *tightest = b;
    for (; b; b = b->parent)
        if (node_left(b) < node_left(tightest))
            tightest = b;
    return tightest;
}

int64_t budget_left(const budget *b)
{
    return node_left(budget_tightest(b));
}

enum { HOLDERS = 3 };

typedef struct holder {
    const budget *node;
    budget_tag tag;
    int64_t bytes;
} holder;

/* Insertion into a list sorted by falling size; ties keep their order. */
static void offer(holder top[HOLDERS], holder h)
{
    for (int i = 0; i < HOLDERS; i++) {
        if (h.bytes > top[i].bytes) {
            holder pushed = top[i];
            top[i] = h;
            h = pushed;
        }
    }
}

static void find_holders(const budget *b, holder top[HOLDERS])
{
    for (int tag = 0; tag < BUDGET_TAGS; tag++)
        offer(top, (holder){b, (budget_tag)tag, b->own_by_tag[tag]});
    for (const budget *k = b->first_child; k; k = k->next_sibling)
        find_holders(k, top);
}

void budget_holders(const budget *b, char *out, size_t size)
{
    holder top[HOLDERS] = {0};
    size_t len = 0;
    snprintf(out, size, "none");
    lock_acquire(&b->root->lock);
    find_holders(b, top);
    for (int i = 0; i < HOLDERS && top[i].bytes > 0 && len < size; i++) {
        char text[STR_SIZE_SIZE];
        len += (size_t)snprintf(out + len, size - len, "%s%s %s in %s", i ? ", " : "",
                                budget_tag_name(top[i].tag), str_format_bytes(text, top[i].bytes),
                                top[i].node->name);
    }
    lock_release(&b->root->lock);
}
