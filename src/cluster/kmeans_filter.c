#include "cluster/kmeans_filter.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

/* --- centres ----------------------------------------------------------------------------- */

/* Where centres are so much farther out than rows, given ones, single precision tells nothing. */
static const double FAR_CENTER = 0x1p40;

int64_t kmeans_packed_bytes(int64_t k, int64_t d)
{
    return mem_cost((size_t)((k + NEAREST_WIDTH) * d) * sizeof(float)) +
           mem_cost((size_t)(k + NEAREST_WIDTH) * sizeof(float));
}

stint_status kmeans_packed_init(ctx *c, int64_t k, int64_t d, kmeans_packed *p)
{
    *p = (kmeans_packed){.c = mem_new(c, TAG_MODEL, float, (k + NEAREST_WIDTH) * d)};
    p->half = mem_new(c, TAG_MODEL, float, k + NEAREST_WIDTH);
    return p->c && p->half ? STINT_OK : STINT_ENOMEM;
}

void kmeans_packed_deinit(kmeans_packed *p)
{
    mem_free(p->c);
    mem_free(p->half);
    *p = (kmeans_packed){0};
}

/* Blocks as even as they can be, so that few places are padding. */
static void cut(const kmeans_data *m, int64_t k, int width, nearest_centers *at)
{
    int64_t blocks = (k + m->nearest->width - 1) / m->nearest->width;
    at->d = m->d;
    at->width = width ? width : (int)((k + blocks - 1) / blocks);
    at->blocks = (k + at->width - 1) / at->width;
}

void kmeans_pack(const kmeans_data *m, const double *centers, int64_t k, kmeans_packed *p)
{
    double longest = 0;
    cut(m, k, p->width, &p->at);
    p->k = k;
    p->centers = centers;
    p->at.c = p->c;
    p->at.half = p->half;
    for (int64_t i = 0; i < p->at.blocks * p->at.width; i++) {
        int64_t center = p->order && i < k ? p->order[i] : i;
        float *to = p->c + i / p->at.width * m->d * p->at.width + i % p->at.width;
        double square = 0;
        for (int64_t j = 0; j < m->d; j++) {
            double c = i < k ? (centers[center * m->d + j] - m->mean[j]) * m->scale : 0;
            to[j * p->at.width] = -(float)c;
            square += c * c;
        }
        p->half[i] = i < k ? (float)(square / 2) : INFINITY;
        longest = fmax(longest, square);
    }
    p->longest = sqrt(longest) * (1 + 0x1p-20);
    p->exact = m->out_of_range || !(p->longest < FAR_CENTER);
}

/* --- errors ------------------------------------------------------------------------------ */

/* Of a score γ (C²/2 + |x| C), see kernel/nearest.h, and what underflow may take; of a comparison
 * of two D in doubles, (d + 4) 2^-52 (|x| + C)².  A little more all round for the rounding here. */
kmeans_error kmeans_error_of(int64_t d, double longest)
{
    double m = (double)d + 4, c = longest, u = 0x1p-24;
    double gamma = m * u < 0.5 ? 1.02 * m * u / (1 - m * u) : INFINITY, g = m * 0x1p-52;
    double least = 16 * m * 0x1p-149 * (2 + c + sqrt((double)d)), more = 1 + 0x1p-16;
    return (kmeans_error){.base = (float)((gamma * c * c + g * c * c + least) * more),
                          .slope = (float)((2 * gamma * c + 2 * g * c + 0x1p-140) * more),
                          .square = (float)(g * more)};
}

void kmeans_search_begin(kmeans_search *s, const kmeans_data *m, const kmeans_packed *p,
                         int32_t *labels, float *gap)
{
    *s = (kmeans_search){m, p, kmeans_error_of(m->d, p->longest), labels, gap};
}

/* Twice the error, for a row whose best score is given: a centre that could be nearer is no farther
 * from the origin than |x| and the distance to the best, so that one centre far out does not make
 * every row doubtful. */
static float tighter_error(const kmeans_search *s, float norm, float best, float twice)
{
    double square = (double)norm * norm + 2 * (double)best + (double)twice;
    double reach = (double)norm + sqrt(square > 0 ? square * (1 + 0x1p-20) : 0);
    if (reach >= s->packed->longest)
        return twice;
    kmeans_error e = kmeans_error_of(s->data->d, reach);
    return kmeans_twice_error(&e, norm);
}

/* --- deciding ---------------------------------------------------------------------------- */

static void doubt(const kmeans_search *s, kmeans_scratch *t, const float *x, int lane, int64_t row,
                  float limit)
{
    int at = t->doubts++;
    t->doubt_row[at] = row;
    t->doubt_limit[at] = limit;
    for (int64_t j = 0; x && j < s->data->d; j++)
        t->doubt[j * NEAREST_ROWS + at] = x[j * NEAREST_ROWS + lane];
}

/* Rows that centre k may be nearest to. */
static uint32_t bits_of(const kmeans_search *s, const kmeans_scratch *t, int64_t k)
{
    if (s->packed->exact)
        return UINT32_MAX;
    return t->bits[s->packed->place ? s->packed->place[k] : k];
}

static void decide_among(const kmeans_search *s, kmeans_scratch *t)
{
    int64_t d = s->data->d;
    double least[NEAREST_ROWS];
    int32_t label[NEAREST_ROWS] = {0};
    uint32_t all = t->doubts < 32 ? (UINT32_C(1) << t->doubts) - 1 : UINT32_MAX;
    for (int i = 0; i < t->doubts; i++)
        least[i] = INFINITY;
    for (int64_t k = 0; k < s->packed->k; k++)
        for (uint32_t bits = bits_of(s, t, k) & all; bits; bits &= bits - 1) {
            int i = __builtin_ctz(bits);
            double square = kmeans_square(t->exact + i * d, s->packed->centers + k * d, d);
            if (square < least[i]) {
                least[i] = square;
                label[i] = (int32_t)k;
            }
        }
    for (int i = 0; i < t->doubts; i++) {
        s->labels[t->doubt_row[i]] = label[i];
        if (s->gap)
            s->gap[t->doubt_row[i]] = 0;
    }
}

stint_status kmeans_decide(const kmeans_search *s, int thread)
{
    kmeans_scratch *t = &s->data->scratch[thread];
    if (t->doubts == 0)
        return STINT_OK;
    for (int i = t->doubts; i < NEAREST_ROWS; i++)
        t->doubt_limit[i] = -INFINITY;
    stint_status status = points_pick(s->data->points, t->doubt_row, t->doubts, t->exact);
    if (status == STINT_OK && !s->packed->exact)
        s->data->nearest->below(t->doubt, &s->packed->at, t->doubt_limit, t->bits);
    if (status == STINT_OK)
        decide_among(s, t);
    t->doubts = 0;
    return status;
}

/* Distances l and u from scores: l² - u² is twice their difference, and (l + u)² ≤ 2 (l² + u²). */
static inline float gap_of(float margin, float norm, float best, float second, float twice)
{
    float squares = 2 * (norm * norm * (1 + 0x1p-20f) + best + second + twice);
    float sum = sqrtf(2 * (squares > 0 ? squares : 0)) * (1 + 0x1p-18f);
    return second < INFINITY ? 2 * margin / sum * (1 - 0x1p-20f) : INFINITY;
}

/* A row for which the bound over all centres is too wide. */
static stint_status settle(const kmeans_search *s, const float *x, int lane, float norm,
                           int64_t row, float best, float second, int32_t index, int thread)
{
    kmeans_scratch *t = &s->data->scratch[thread];
    float tighter = tighter_error(s, norm, best, kmeans_twice_error(&s->error, norm));
    if (second - best > tighter) {
        s->labels[row] = index;
        if (s->gap)
            s->gap[row] = 0;
        return STINT_OK;
    }
    doubt(s, t, x, lane, row, best + tighter + fabsf(best) * 0x1p-22f);
    return t->doubts == NEAREST_ROWS ? kmeans_decide(s, thread) : STINT_OK;
}

stint_status kmeans_doubt(const kmeans_search *s, const float *x, int lane, int64_t row, float norm,
                          float best, int thread)
{
    kmeans_scratch *t = &s->data->scratch[thread];
    float twice = kmeans_twice_error(&s->error, norm);
    doubt(s, t, x, lane, row, best + twice + fabsf(best) * 0x1p-22f);
    return t->doubts == NEAREST_ROWS ? kmeans_decide(s, thread) : STINT_OK;
}

static stint_status doubt_all(const kmeans_search *s, const int64_t *rows, int n, int thread)
{
    kmeans_scratch *t = &s->data->scratch[thread];
    for (int i = 0; i < n; i++) {
        doubt(s, t, NULL, i, rows[i], 0);
        if (t->doubts == NEAREST_ROWS)
            TRY(kmeans_decide(s, thread));
    }
    return STINT_OK;
}

/* What a panel's search found; margin > 0 is certain. */
typedef struct found {
    float best[NEAREST_ROWS], second[NEAREST_ROWS], margin[NEAREST_ROWS], gap[NEAREST_ROWS];
    int32_t index[NEAREST_ROWS];
} found;

/* Are all the first n? */
static bool find_margins(const kmeans_search *s, const float *norm, int n, found *f)
{
    float least = INFINITY;
    for (int i = 0; i < NEAREST_ROWS; i++)
        f->margin[i] = f->second[i] - f->best[i] - kmeans_twice_error(&s->error, norm[i]);
    for (int i = 0; i < n; i++)
        least = f->margin[i] < least ? f->margin[i] : least;
    for (int i = 0; s->gap && i < n; i++)
        f->gap[i] = gap_of(f->margin[i], norm[i], f->best[i], f->second[i],
                           kmeans_twice_error(&s->error, norm[i]));
    return least > 0;
}

stint_status kmeans_label(const kmeans_search *s, const float *x, const float *norm,
                          const int64_t *rows, int n, int thread)
{
    found f;
    if (s->packed->exact)
        return doubt_all(s, rows, n, thread);
    s->data->nearest->best(x, &s->packed->at, f.best, f.second, f.index);
    bool all = find_margins(s, norm, n, &f);
    if (all && n == NEAREST_ROWS && rows[n - 1] - rows[0] == n - 1) {
        memcpy(s->labels + rows[0], f.index, sizeof f.index);
        if (s->gap)
            memcpy(s->gap + rows[0], f.gap, sizeof f.gap);
        return STINT_OK;
    }
    for (int i = 0; i < n; i++) {
        if (!(f.margin[i] > 0)) {
            TRY(settle(s, x, i, norm[i], rows[i], f.best[i], f.second[i], f.index[i], thread));
            continue;
        }
        s->labels[rows[i]] = f.index[i];
        if (s->gap)
            s->gap[rows[i]] = f.gap[i];
    }
    return STINT_OK;
}

stint_status kmeans_label_item(const kmeans_search *s, int64_t item, int thread)
{
    kmeans_view v;
    int64_t rows[NEAREST_ROWS], d = s->data->d;
    TRY(kmeans_view_item(s->data, item, thread, &v));
    for (int64_t at = 0; at < v.count; at += NEAREST_ROWS) {
        int n = (int)(v.count - at < NEAREST_ROWS ? v.count - at : NEAREST_ROWS);
        for (int i = 0; i < n; i++)
            rows[i] = v.from + at + i;
        TRY(kmeans_label(s, v.x + at * d, v.norm + at, rows, n, thread));
    }
    return kmeans_decide(s, thread);
}
