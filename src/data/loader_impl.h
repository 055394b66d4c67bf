/* A loader inside: a ring of slots, and which of an endless row of batches stands in which.
 *
 *     ticket   0   1   2   3   4   5   6        batches in the order in which they are to come,
 *              ·   ·  [x   x   o]  .   .        from where a seek began, through the epochs' ends
 *                      │       │   │
 *                  released    │   released + slots
 *                     taken  claimed
 *
 * Ticket t is filled into slot t mod slots.  Filled or being filled are those from `released` to
 * `claimed`; the caller has that of taken - 1 in its hands if released < taken.  Everything but
 * what a filler writes into its own slot is guarded by `lock`. */
#ifndef DATA_LOADER_IMPL_H
#define DATA_LOADER_IMPL_H

#include "base/ctx.h"
#include "base/os/thread.h"
#include "data/alias.h"
#include "data/order.h"
#include "stint/loader.h"

/* How positions of an epoch become samples. */
typedef struct loader_order {
    int64_t n, positions; /* samples; positions of an epoch */
    uint64_t seed;
    bool shuffle;
    alias draws; /* with weights; else its n is 0 */
} loader_order;

/* The last epoch's permutation, kept by whoever fills. */
typedef struct epoch_order {
    bool known;
    int64_t epoch;
    order order;
} epoch_order;

void loader_indices(const loader_order *o, epoch_order *kept, int64_t epoch, int64_t first,
                    int64_t count, int64_t *out);

typedef struct loader_slot {
    stint_batch batch;
    int64_t *index;
    bool ready;
} loader_slot;

/* Where a batch stands; number = batches: behind the epoch's last. */
typedef struct loader_place {
    int64_t epoch, number;
} loader_place;

struct stint_loader {
    ctx *ctx;
    stint_samples samples;
    size_t row_bytes[STINT_SAMPLE_ARRAYS];
    loader_order order;
    bool drop_last;
    int64_t batch, next_batch; /* rows; from the next seek on */
    int wanted_slots;

    char *room; /* of all slots */
    int64_t most_rows, room_bytes;
    int slots;
    loader_slot *slot; /* [slots] */

    loader_place next; /* of the caller */
    loader_place base; /* of ticket 0 */

    thread_lock lock;
    thread_signal work, done; /* a slot to fill; a slot filled, or the last filler at rest */
    int64_t claimed, taken, released;
    int filling;
    bool waiting, paused, quit;

    epoch_order own; /* of the caller, without threads */
    int workers;
    thread *worker; /* [workers] */
    stint_loader_facts facts;
};

int64_t loader_batches_of(const stint_loader *l, int64_t batch); /* of an epoch */
loader_place loader_place_of(const stint_loader *l, int64_t ticket);
/* Fill a slot with the batch of a ticket; seconds that it took. */
double loader_fill(const stint_loader *l, int64_t ticket, epoch_order *kept);

/* Slots for batches of so many rows: as many as wanted, or as the budget has room for. */
stint_status loader_make_room(stint_loader *l, int64_t rows);

/* Threads.  As many as the system grants; none is no failure. */
stint_status loader_start(stint_loader *l, int workers);
void loader_stop(stint_loader *l);
void loader_pause(stint_loader *l); /* until no slot is being filled */
void loader_resume(stint_loader *l);
/* The slot taken last is free again. */
void loader_release(stint_loader *l);
/* Take the next ticket's slot, once it is filled. */
loader_slot *loader_take(stint_loader *l);

#endif
