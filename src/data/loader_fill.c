#include "base/os/os.h"
#include "data/loader_impl.h"

/* From a ticket to a filled slot: where the batch stands, which samples those are, their rows. */

static const order *order_of(const loader_order *o, epoch_order *kept, int64_t epoch)
{
    if (!kept->known || kept->epoch != epoch) {
        order_init(&kept->order, o->n, o->seed, (uint64_t)epoch);
        kept->epoch = epoch;
        kept->known = true;
    }
    return &kept->order;
}

void loader_indices(const loader_order *o, epoch_order *kept, int64_t epoch, int64_t first,
                    int64_t count, int64_t *out)
{
    if (o->draws.n > 0)
        alias_take(&o->draws, o->seed, (uint64_t)epoch, first, count, out);
    else if (o->shuffle)
        order_take(order_of(o, kept, epoch), first, count, out);
    else
        for (int64_t i = 0; i < count; i++)
            out[i] = first + i;
}

int64_t loader_batches_of(const stint_loader *l, int64_t batch)
{
    int64_t whole = l->order.positions / batch;
    return whole + (l->order.positions % batch && !l->drop_last ? 1 : 0);
}

loader_place loader_place_of(const stint_loader *l, int64_t ticket)
{
    int64_t batches = loader_batches_of(l, l->batch), number = l->base.number + ticket;
    return (loader_place){l->base.epoch + number / batches, number % batches};
}

double loader_fill(const stint_loader *l, int64_t ticket, epoch_order *kept)
{
    double began = clock_seconds();
    loader_place at = loader_place_of(l, ticket);
    loader_slot *s = &l->slot[ticket % l->slots];
    stint_batch *b = &s->batch;
    b->epoch = at.epoch;
    b->number = at.number;
    b->first = at.number * l->batch;
    b->rows = l->order.positions - b->first < l->batch ? l->order.positions - b->first : l->batch;
    loader_indices(&l->order, kept, at.epoch, b->first, b->rows, s->index);
    l->samples.fill(&l->samples, s->index, b->rows, b->data);
    return clock_seconds() - began;
}
