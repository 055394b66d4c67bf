/* Chains in a program's code: neighbours of which each hands its value to the next alone.  A
 * kernel that takes a whole chain spares the stores and loads between them. */
#include "kernel/element_machine.h"

#include <assert.h>

/* Places of its operands in which an op may take the value, as bits. */
static const uint8_t places[ELEMENT_OPS] = {
    [ELEMENT_ADD] = 3, [ELEMENT_SUB] = 3,  [ELEMENT_MUL] = 3,    [ELEMENT_MUL_ADD] = 7,
    [ELEMENT_DIV] = 3, [ELEMENT_MAX] = 3,  [ELEMENT_MIN] = 3,    [ELEMENT_NEG] = 1,
    [ELEMENT_ABS] = 1, [ELEMENT_RELU] = 1, [ELEMENT_SQUARE] = 1,
};

static uint64_t bit(int r)
{
    return (uint64_t)1 << r;
}

static uint64_t reads(const element_code *c)
{
    int operands = element_ops[c->op].operands;
    return bit(c->a) | (operands > 1 ? bit(c->b) : 0) | (operands > 2 ? bit(c->c) : 0);
}

/* Where instruction c takes register r, if in one place only; else -1. */
static int place_of(const element_code *c, int r)
{
    int operands = element_ops[c->op].operands, found = -1;
    const uint8_t operand[3] = {c->a, c->b, c->c};
    assert(operands <= 3);
    for (int k = 0; k < operands; k++)
        if (operand[k] == r) {
            if (found >= 0 || !(places[c->op] >> k & 1))
                return -1;
            found = k;
        }
    return found;
}

/* Registers whose value is still wanted after each instruction. */
static void find_live(const element_program *p, uint64_t *live_after)
{
    uint64_t live = 0;
    for (int o = 0; o < p->outputs; o++)
        live |= bit(p->out_register[o]);
    for (int i = p->codes - 1; i >= 0; i--) {
        live_after[i] = live;
        live = (live & ~bit(p->code[i].out)) | reads(&p->code[i]);
    }
}

/* The length of the chain that begins with instruction i. */
static int chain_from(machine *m, int i, const uint64_t *live_after)
{
    const element_program *p = m->p;
    int links = 1;
    m->place[i] = 0;
    if (!(places[p->code[i].op] & 1))
        return 1;
    for (int j = i + 1; j < p->codes; j++, links++) {
        int r = p->code[j - 1].out, place = place_of(&p->code[j], r);
        bool dies = !(live_after[j] & bit(r)) || p->code[j].out == r;
        if (place < 0 || !dies)
            break;
        m->place[j] = (uint8_t)place;
    }
    return links;
}

/* The longest runs of which the registers that steps touch fit the first-level cache.  Registers
 * a power of two apart would meet in few of its sets. */
static void choose_block(machine *m, uint64_t wide)
{
    for (int64_t block = MACHINE_BLOCK; block > ELEMENT_BLOCK; block /= 2) {
        int64_t slot = block * m->width + MACHINE_APART;
        if (__builtin_popcountll(wide) * slot <= MACHINE_BYTES &&
            m->p->registers * slot <= ELEMENT_SCRATCH_BYTES) {
            m->block = block;
            m->slot_bytes = slot;
            return;
        }
    }
}

/* Link `l` of the machine's is instruction `code`: all but where its operands lie. */
static void make_link(machine *m, int l, int code)
{
    const element_code *c = &m->p->code[code];
    int place = m->place[code], others = element_ops[c->op].operands - 1;
    m->other[l][0] = place == 0 ? c->b : c->a;
    m->other[l][1] = place == 2 ? c->b : c->c;
    m->link[l].key = ELEMENT_LINK_KEY(c->op, place);
    for (int k = 0; k < 2; k++) {
        bool repeats = m->spread >> m->other[l][k] & 1;
        m->link[l].walks[k] = repeats ? 0 : -1;
        m->link[l].key += k < others && repeats ? k + 1 : 0;
    }
}

/* The key of a product and what is added to it or taken off, as one; -1 of other neighbours. */
static int product_and(int product, int sum)
{
    static const struct {
        int sum, both;
    } rows[] = {
        {ELEMENT_LINK_KEY(ELEMENT_ADD, 0), ELEMENT_LINK_KEY(ELEMENT_MUL_ADD, 0)},
        {ELEMENT_LINK_KEY(ELEMENT_ADD, 1), ELEMENT_LINK_KEY(ELEMENT_MUL_ADD, 0)},
        {ELEMENT_LINK_KEY(ELEMENT_SUB, 0), ELEMENT_LINK_KEY(ELEMENT_LINK_MUL_SUB, 0)},
        {ELEMENT_LINK_KEY(ELEMENT_SUB, 1), ELEMENT_LINK_KEY(ELEMENT_LINK_MUL_SUB, 1)},
    };
    int first = product & ~3;
    if (first != ELEMENT_LINK_KEY(ELEMENT_MUL, 0) && first != ELEMENT_LINK_KEY(ELEMENT_MUL, 1))
        return -1;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (rows[r].sum == (sum & ~3))
            return rows[r].both + (product & 1) + 2 * (sum & 1);
    return -1;
}

/* The links of the chain of `count` instructions from `code` on, from m->link[code] on. */
static int make_links(machine *m, int code, int count)
{
    int last = code;
    make_link(m, last, code);
    for (int i = 1; i < count; i++) {
        make_link(m, last + 1, code + i);
        int both = product_and(m->link[last].key, m->link[last + 1].key);
        if (both < 0) {
            last++;
            continue;
        }
        m->link[last].key = both;
        m->link[last].walks[1] = m->link[last + 1].walks[0];
        m->other[last][1] = m->other[last + 1][0];
    }
    return last - code + 1;
}

void machine_find_chains(machine *m)
{
    const element_program *p = m->p;
    uint64_t live_after[ELEMENT_MOST_CODE], wide = 0;
    int steps = 0;
    find_live(p, live_after);
    for (int i = 0, links; i < p->codes; i += links, steps++) {
        links = chain_from(m, i, live_after);
        m->step[steps] = m->step[i];
        m->step[steps].last = (uint8_t)(i + links - 1);
        if (links > 1)
            m->step[steps].links = (uint8_t)make_links(m, i, links);
        wide |= bit(p->code[i].a) | bit(p->code[i + links - 1].out);
        uint64_t inner = 0;
        for (int l = 0; l < links; l++) {
            uint64_t read = reads(&p->code[i + l]);
            wide |= read & ~inner & (links > 1 ? ~m->spread : ~(uint64_t)0);
            inner = bit(p->code[i + l].out);
        }
    }
    m->steps = steps;
    for (int o = 0; o < p->outputs; o++)
        wide |= bit(p->out_register[o]);
    m->first_only = m->spread & ~wide;
    choose_block(m, wide);
}

void machine_run_chain(machine *m, const machine_step *s, int64_t n, char *out,
                       const char *const *at)
{
    element_link *link = &m->link[s->code];
    for (int l = 0; l < s->links; l++) {
        link[l].other[0] = at[m->other[s->code + l][0]];
        link[l].other[1] = at[m->other[s->code + l][1]];
    }
    m->kernels->chain(n, out, at[m->p->code[s->code].a], link, s->links);
}
