/* Samples of a pack, by hand: which rows they are, windows with their padding, bits. */
#include "model/net_samples.h"

#include "unit/fixture.h"

enum { ROWS = 97, WIDTH = 3, BITS = 11, BYTES = 2 };

typedef struct world {
    float x[ROWS][WIDTH], y[ROWS];
    uint8_t bits[ROWS][BYTES], zero[WIDTH + BITS];
    int64_t start[ROWS], list[ROWS];
    pack pack;
} world;

/* Series of 1, 2, 3 … rows. */
static void make(world *w, bool bits)
{
    int64_t start = 0;
    for (int64_t i = 0, length = 1; i < ROWS; i++) {
        if (i == start + length) {
            start = i;
            length++;
        }
        w->start[i] = start;
        w->list[i] = i;
        w->y[i] = (float)-i;
        for (int k = 0; k < WIDTH; k++)
            w->x[i][k] = (float)(i * 10 + k + 1);
        for (int k = 0; k < BYTES; k++)
            w->bits[i][k] = (uint8_t)(i * 37 + k * 101);
    }
    memset(w->zero, 0, sizeof w->zero);
    w->zero[1] = w->zero[WIDTH + 2] = 1;
    w->pack = (pack){.rows = ROWS,
                     .features = WIDTH,
                     .bits = bits ? BITS : 0,
                     .bits_bytes = bits ? BYTES : 0,
                     .outputs = 1,
                     .kind = TARGET_NUMBER,
                     .x = w->x[0],
                     .x_bits = w->bits[0],
                     .y = w->y,
                     .start = w->start,
                     .train = w->list,
                     .n_train = ROWS};
}

static float cell(const world *w, int64_t row, int64_t k)
{
    if (k < WIDTH)
        return w->x[row][k];
    return (float)(w->bits[row][(k - WIDTH) / 8] >> (7 - (k - WIDTH) % 8) & 1);
}

static void check(const world *w, const net_rows *r, int64_t width, int64_t length)
{
    int64_t index[ROWS];
    float *x = malloc(sizeof *x * (size_t)(ROWS * length * width)), y[ROWS];
    for (int64_t i = 0; i < r->n; i++)
        index[i] = r->n - 1 - i;
    r->samples.fill(&r->samples, index, r->n, (void *[]){x, y});
    for (int64_t i = 0; i < r->n; i++) {
        int64_t row = net_rows_at(r, index[i]), first = w->start[row];
        assert_true(y[i] == w->y[row]);
        for (int64_t s = 0; s < length; s++)
            for (int64_t k = 0; k < width; k++) {
                int64_t at = row - length + 1 + s;
                float want = at >= first ? cell(w, at, k) : w->zero[k] ? 0 : cell(w, first, k);
                assert_true(x[(i * length + s) * width + k] == want);
            }
    }
    free(x);
}

static void windows_are_those_of_their_series(void **state)
{
    static const int64_t lengths[] = {0, 1, 2, 5, 40};
    (void)state;
    for (int bits = 0; bits < 2; bits++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            world w;
            make(&w, bits);
            net_rows r = {.pack = &w.pack,
                          .shape = {.window = lengths[i]},
                          .zero = w.zero,
                          .list = w.list,
                          .n = ROWS};
            net_rows_ready(&r);
            check(&w, &r, WIDTH + w.pack.bits, lengths[i] > 0 ? lengths[i] : 1);
        }
}

/* The dealt and the rest are all rows, each once, ascending, and evenly spread. */
static void rows_are_dealt_to_one_of_two(void **state)
{
    (void)state;
    for (int64_t whole = 2; whole <= ROWS; whole++)
        for (int64_t dealt = 1; dealt < whole; dealt++) {
            world w;
            int64_t seen[ROWS] = {0};
            make(&w, false);
            net_rows one = {.pack = &w.pack,
                            .list = w.list,
                            .part = NET_DEALT,
                            .n = dealt,
                            .dealt = dealt,
                            .whole = whole};
            net_rows rest = one;
            rest.part = NET_REST;
            rest.n = whole - dealt;
            for (int64_t i = 0; i < one.n; i++) {
                int64_t at = net_rows_at(&one, i);
                assert_true(at >= 0 && at < whole);
                assert_true(i == 0 || at > net_rows_at(&one, i - 1));
                assert_true(llabs(at - (i + 1) * whole / dealt) <= 1);
                seen[at]++;
            }
            for (int64_t i = 0; i < rest.n; i++)
                seen[net_rows_at(&rest, i)]++;
            for (int64_t i = 0; i < whole; i++)
                assert_int_equal(seen[i], 1);
        }
}

static void shapes_are_the_samples(void **state)
{
    world w;
    (void)state;
    make(&w, false);
    net_rows r = {.pack = &w.pack, .shape = {.image = {3, 1, 1}}, .list = w.list, .n = ROWS};
    net_rows_ready(&r);
    assert_int_equal(r.samples.array[0].axes, 3);
    assert_int_equal(r.samples.array[0].shape[0], 3);
    r.shape = (net_shape){.window = 4};
    net_rows_ready(&r);
    assert_int_equal(r.samples.array[0].axes, 2);
    assert_int_equal(net_sample_floats(&r.shape, WIDTH), 4 * WIDTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_those_of_their_series),
        cmocka_unit_test(rows_are_dealt_to_one_of_two),
        cmocka_unit_test(shapes_are_the_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
