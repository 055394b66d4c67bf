#include "data/checks_impl.h"

#include <math.h>
#include <string.h>

/* A block is summed in CHECK_LANES sums at once, which the compiler makes vectors of; blocks are
 * combined by Chan, Golub & LeVeque (1983): the mean of the whole is known before its squares are
 * added.  A block in which a cell is missing goes cell by cell. */

static bool is_there(double v)
{
    return v - v == 0;
}

static double lanes_sum(const double lanes[CHECK_LANES])
{
    double sum = 0;
    for (int j = 0; j < CHECK_LANES; j++)
        sum += lanes[j];
    return sum;
}

static void measure_cells(block *b)
{
    double sum = 0;
    b->low = INFINITY;
    b->high = -INFINITY;
    for (int64_t i = 0; i < b->n; i++) {
        double v = b->values[i];
        b->missing += v != v;
        if (!is_there(v))
            continue;
        b->spread.n++;
        sum += v;
        b->low = v < b->low ? v : b->low;
        b->high = v > b->high ? v : b->high;
    }
    b->infinite = b->n - b->missing - b->spread.n;
    b->spread.mean = b->spread.n ? sum / (double)b->spread.n : 0;
}

/* values, n, padded → the other fields, deviations apart */
void block_measure(block *b)
{
    double low[CHECK_LANES], high[CHECK_LANES], sum[CHECK_LANES] = {0};
    const double *x = b->values;
    for (int j = 0; j < CHECK_LANES; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    for (int64_t i = 0; i < b->padded; i += CHECK_LANES)
        for (int j = 0; j < CHECK_LANES; j++) {
            double v = x[i + j];
            low[j] = v < low[j] ? v : low[j];
            high[j] = v > high[j] ? v : high[j];
            sum[j] += v;
        }
    double all = lanes_sum(sum);
    b->missing = b->infinite = 0;
    b->spread = (cell_spread){0};
    b->whole = is_there(all); /* any cell that is not there spoils its sum */
    if (!b->whole) {
        measure_cells(b);
        return;
    }
    b->low = low[0];
    b->high = high[0];
    for (int j = 1; j < CHECK_LANES; j++) {
        b->low = low[j] < b->low ? low[j] : b->low;
        b->high = high[j] > b->high ? high[j] : b->high;
    }
    b->spread.n = b->n;
    b->spread.mean = all / (double)b->n;
}

/* Cells that are missing, and those made up, deviate by 0. */
void block_deviate(block *b)
{
    double squares[CHECK_LANES] = {0}, mean = b->spread.mean;
    for (int64_t i = 0; i < b->padded; i += CHECK_LANES)
        for (int j = 0; j < CHECK_LANES; j++) {
            double d = b->values[i + j] - mean;
            b->deviations[i + j] = d;
            squares[j] += d * d;
        }
    b->spread.m2 = lanes_sum(squares);
    if (b->whole)
        return;
    b->spread.m2 = 0;
    for (int64_t i = 0; i < b->padded; i++) {
        double d = b->deviations[i];
        b->deviations[i] = d = is_there(d) ? d : 0;
        b->spread.m2 += d * d;
    }
}

void cell_spread_merge(cell_spread *to, const cell_spread *more)
{
    int64_t n = to->n + more->n;
    if (more->n == 0)
        return;
    double d = more->mean - to->mean, share = (double)more->n / (double)n;
    to->mean += d * share;
    to->m2 += more->m2 + d * d * share * (double)to->n;
    to->n = n;
}

/* --- the majority ------------------------------------------------------------------------- */

void majority_add(majority *to, const block *b)
{
    majority m = *to;
    for (int64_t i = 0; i < b->n; i++) {
        double v = b->values[i];
        if (!is_there(v))
            continue;
        if (m.count == 0)
            m.value = v;
        if (v == m.value) {
            m.count++;
        } else {
            m.count--;
            m.cancelled++;
        }
    }
    *to = m;
}

void majority_merge(majority *to, const majority *more)
{
    to->none = to->none || more->none;
    to->cancelled += more->cancelled;
    if (to->value == more->value || more->count == 0) {
        to->count += more->count;
        return;
    }
    int64_t less = to->count < more->count ? to->count : more->count;
    to->value = more->count > to->count ? more->value : to->value;
    to->count += more->count - 2 * less;
    to->cancelled += less;
}

/* --- pairs -------------------------------------------------------------------------------- */

/* Rows where one of the two is missing are no part of the other's mean either. */
static pair_sums pair_of_cells(const block *x, const block *y)
{
    pair_sums p = {0};
    for (int64_t i = 0; i < x->n; i++) {
        if (!is_there(x->values[i]) || !is_there(y->values[i]))
            continue;
        p.n++;
        p.x += x->values[i];
        p.y += y->values[i];
    }
    p.x /= p.n ? (double)p.n : 1;
    p.y /= p.n ? (double)p.n : 1;
    for (int64_t i = 0; i < x->n; i++) {
        if (!is_there(x->values[i]) || !is_there(y->values[i]))
            continue;
        double dx = x->values[i] - p.x, dy = y->values[i] - p.y;
        p.xx += dx * dx;
        p.yy += dy * dy;
        p.xy += dx * dy;
    }
    return p;
}

static pair_sums pair_of_whole(const block *x, const block *y)
{
    double products[CHECK_LANES] = {0};
    for (int64_t i = 0; i < x->padded; i += CHECK_LANES)
        for (int j = 0; j < CHECK_LANES; j++)
            products[j] += x->deviations[i + j] * y->deviations[i + j];
    return (pair_sums){.n = x->n,
                       .x = x->spread.mean,
                       .y = y->spread.mean,
                       .xx = x->spread.m2,
                       .yy = y->spread.m2,
                       .xy = lanes_sum(products)};
}

void pair_add(pair_sums *to, const block *x, const block *y)
{
    pair_sums more = x->whole && y->whole ? pair_of_whole(x, y) : pair_of_cells(x, y);
    more.different =
        to->different || memcmp(x->values, y->values, (size_t)x->n * sizeof *x->values) != 0;
    pair_merge(to, &more);
}

void pair_merge(pair_sums *to, const pair_sums *more)
{
    int64_t n = to->n + more->n;
    to->different = to->different || more->different;
    if (more->n == 0)
        return;
    double dx = more->x - to->x, dy = more->y - to->y;
    double share = (double)more->n / (double)n, both = share * (double)to->n;
    to->x += dx * share;
    to->y += dy * share;
    to->xx += more->xx + dx * dx * both;
    to->yy += more->yy + dy * dy * both;
    to->xy += more->xy + dx * dy * both;
    to->n = n;
}

/* Two rows are always on a line. */
double pair_correlation(const pair_sums *p)
{
    if (p->n < 3 || !(p->xx > 0) || !(p->yy > 0))
        return NAN;
    return p->xy / (sqrt(p->xx) * sqrt(p->yy));
}

/* --- classes ------------------------------------------------------------------------------ */

/* The place of (value, class), or where a new pair goes; turns the map off when either half
 * stands in another pair, or there is no room. */
static int class_map_place(class_map *m, double value, double class)
{
    for (int i = 0; i < m->n; i++) {
        if (m->value[i] == value && m->class[i] == class)
            return i;
        if (m->value[i] == value || m->class[i] == class)
            m->off = true;
    }
    m->off = m->off || m->n == CHECK_CLASSES;
    if (!m->off) {
        m->value[m->n] = value;
        m->class[m->n++] = class;
    }
    return m->n - 1;
}

void class_map_add(class_map *to, const block *x, const block *y)
{
    int last = -1;
    for (int64_t i = 0; !to->off && i < x->n; i++) {
        double v = x->values[i], class = y->values[i];
        if (!is_there(v) || !is_there(class) ||
            (last >= 0 && to->value[last] == v && to->class[last] == class))
            continue;
        last = class_map_place(to, v, class);
    }
}

void class_map_merge(class_map *to, const class_map *more)
{
    to->off = to->off || more->off;
    for (int i = 0; !to->off && i < more->n; i++)
        class_map_place(to, more->value[i], more->class[i]);
}
