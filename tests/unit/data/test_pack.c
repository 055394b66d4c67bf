/* Packs against their tables: every value, part and series; the same bytes for any threads. */
#include "data/pack.h"

#include "unit/data/bits_fixture.h"
#include "unit/data/features_fixture.h"

enum { ROWS = 7 * COLFILE_CHUNK_ROWS / 2, FOLDS = 3, COLUMNS = 5 };

typedef struct world {
    double *x; /* [COLUMNS][ROWS]: three features, the target, the group */
    double *parts;
} world;

static double value(int64_t i, int column)
{
    uint64_t h = (uint64_t)(i * 8 + column) * UINT64_C(0x9E3779B97F4A7C15);
    return 1000 * column + (double)((h >> 20) % 4096) / 256;
}

static void world_make(fixture *t, world *w, target_kind kind, features **f)
{
    static const char *const names[] = {"a", "b", "c", "y", "g"};
    static int targets[1] = {3};
    static const double values[] = {0, 1, 2};
    static const char *const classes[] = {"0", "1", "2"};
    test_column columns[COLUMNS];
    w->x = malloc(sizeof(double) * COLUMNS * ROWS);
    w->parts = malloc(sizeof(double) * ROWS);
    for (int k = 0; k < COLUMNS; k++)
        columns[k] = (test_column){names[k], COLUMN_NUMBER, w->x + (int64_t)k * ROWS, NULL, 0};
    for (int64_t i = 0; i < ROWS; i++) {
        w->parts[i] = i % 7 == 3 ? SPLIT_NONE : (double)(i % 11 % (FOLDS + 1));
        for (int k = 0; k < 3; k++)
            w->x[k * ROWS + i] = k == 2 ? 5e6 : value(i, k);
        w->x[3 * ROWS + i] = kind == TARGET_CLASS ? (double)(i % 3) : value(i, 3);
        w->x[4 * ROWS + i] = (double)(i / 1000);
    }
    features_table(t, columns, COLUMNS, ROWS);
    features_parts(t, w->parts, ROWS, FOLDS);
    features_settings settings = {.period = 360};
    assert_int_equal(features_open(t->ctx, &t->arena, &t->file, &settings, (int[]){0, 1, 2}, 3, f),
                     STINT_OK);
    t->table = (table){.file = &t->file,
                       .split = &t->split,
                       .features = *f,
                       .n_features = 3,
                       .kind = kind,
                       .period = 360,
                       .n_targets = 1,
                       .targets = targets,
                       .n_classes = kind == TARGET_CLASS ? 3 : 0,
                       .classes = classes,
                       .class_values = values};
}

static void world_free(world *w)
{
    free(w->x);
    free(w->parts);
}

static stint_status pack_of(fixture *t, const pack_settings *s, int threads, const char *key,
                            pack *out)
{
    pool *p = pool_new(t->ctx, threads);
    stint_status status =
        pack_open(t->ctx, &t->table, NULL, hash_bytes(key, strlen(key)), s, p, out);
    pool_free(p);
    return status;
}

static void moments(const world *w, const pack *p, int column, double *mean, double *deviation)
{
    const double *x = w->x + (int64_t)column * ROWS;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < p->n_train; i++)
        sum += x[p->row[p->train[i]]];
    *mean = sum / (double)p->n_train;
    for (int64_t i = 0; i < p->n_train; i++) {
        double d = x[p->row[p->train[i]]] - *mean;
        squares += d * d;
    }
    *deviation = sqrt(squares / (double)p->n_train);
}

static void every_value_is_the_tables(void **state)
{
    fixture *t = *state;
    world w;
    features *f;
    pack p;
    int64_t row = 0, lists[3] = {0};
    world_make(t, &w, TARGET_NUMBER, &f);
    assert_int_equal(
        pack_of(t, &(pack_settings){.set = 1, .standardise = true, .group = "g"}, 2, "one", &p),
        STINT_OK);
    assert_int_equal(p.features, 3);
    assert_int_equal(p.outputs, 1);
    for (int k = 0; k < 2; k++) {
        double mean, deviation;
        moments(&w, &p, k, &mean, &deviation);
        assert_near(p.shift[k], mean, 1e-12);
        assert_near(p.scale[k], deviation, 1e-12);
    }
    assert_true(p.shift[2] == 5e6 && p.scale[2] == 1);
    for (int64_t i = 0; i < ROWS; i++) {
        int part = (int)w.parts[i];
        if (part == SPLIT_NONE)
            continue;
        assert_int_equal(p.row[row], i);
        for (int k = 0; k < 3; k++)
            assert_true(p.x[row * 3 + k] == (float)((w.x[k * ROWS + i] - p.shift[k]) / p.scale[k]));
        assert_true(p.y[row] == (float)((w.x[3 * ROWS + i] - p.y_shift[0]) / p.y_scale[0]));
        const int64_t *list[] = {p.train, p.held_out, p.test};
        int which = part == FOLDS ? 2 : part == 1 ? 1 : 0;
        assert_int_equal(list[which][lists[which]++], row);
        int64_t start = p.start[row];
        assert_true(w.x[4 * ROWS + p.row[start]] == w.x[4 * ROWS + i]);
        assert_true(start == 0 || w.x[4 * ROWS + p.row[start - 1]] != w.x[4 * ROWS + i]);
        row++;
    }
    assert_int_equal(p.rows, row);
    assert_int_equal(p.n_train, lists[0]);
    assert_int_equal(p.n_held_out, lists[1]);
    assert_int_equal(p.n_test, lists[2]);
    pack_close(&p);
    world_free(&w);
}

static void threads_change_no_byte(void **state)
{
    fixture *t = *state;
    world w;
    features *f;
    pack one, four;
    world_make(t, &w, TARGET_NUMBER, &f);
    pack_settings s = {.set = 0, .standardise = true};
    assert_int_equal(pack_of(t, &s, 1, "one", &one), STINT_OK);
    assert_int_equal(pack_of(t, &s, 4, "four", &four), STINT_OK);
    assert_string_not_equal(one.path, four.path);
    assert_int_equal(one.map.size, four.map.size);
    assert_memory_equal(one.map.at, four.map.at, (size_t)one.map.size);
    for (int64_t i = 0; i < one.rows; i++)
        assert_int_equal(one.start[i], 0);
    pack_close(&one);
    pack_close(&four);
    world_free(&w);
}

/* features.scale: standard is kept whatever the model says. */
static void a_standard_scale_standardises(void **state)
{
    fixture *t = *state;
    world w;
    features *f, *scaled;
    pack made;
    features_settings settings = {.period = 360, .scale = SCALE_STANDARD};
    world_make(t, &w, TARGET_NUMBER, &f);
    assert_int_equal(
        features_open(t->ctx, &t->arena, &t->file, &settings, (int[]){0, 1, 2}, 3, &scaled),
        STINT_OK);
    t->table.features = scaled;
    assert_int_equal(pack_of(t, &(pack_settings){.set = 0}, 2, "scaled", &made), STINT_OK);
    for (int k = 0; k < 2; k++) {
        double mean, deviation;
        moments(&w, &made, k, &mean, &deviation);
        assert_near(made.shift[k], mean, 1e-12);
        assert_near(made.scale[k], deviation, 1e-12);
    }
    pack_close(&made);
    world_free(&w);
}

static void classes_and_all_rows(void **state)
{
    fixture *t = *state;
    world w;
    features *f;
    pack p, again;
    world_make(t, &w, TARGET_CLASS, &f);
    pack_settings s = {.set = FOLDS};
    assert_int_equal(pack_of(t, &s, 2, "one", &p), STINT_OK);
    assert_int_equal(p.n_held_out, 0);
    assert_int_equal(p.n_train + p.n_test, p.rows);
    for (int64_t i = 0; i < p.rows; i++) {
        assert_int_equal(p.classes[i], (int)w.x[3 * ROWS + p.row[i]]);
        assert_true(p.x[i * 3] == (float)w.x[p.row[i]]);
    }
    assert_int_equal(pack_open_file(t->ctx, p.path, &again), STINT_OK);
    assert_int_equal(again.rows, p.rows);
    assert_int_equal(again.kind, TARGET_CLASS);
    pack_close(&again);
    pack_close(&p);
    world_free(&w);
}

/* Bits stand behind the rest, packed; labels are packed bits too. */
static void bits_and_labels_are_packed(void **state)
{
    enum { N = 2500 };
    fixture *t = *state;
    static double parts[N];
    static int targets[1];
    features *f;
    pack p;
    fixture_drop_table(t);
    bits_file(t, fixture_path(t, "bits"), &fp_encoder, &name_encoder, N);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "bits"), &t->file), STINT_OK);
    t->has_file = true;
    for (int r = 0; r < N; r++)
        parts[r] = r % 4;
    features_parts(t, parts, N, FOLDS);
    features_settings settings = {.period = 360, .keep = (const char *const[]){"fp", "y", NULL}};
    assert_int_equal(features_of(t, &settings, &f), STINT_OK);
    targets[0] = colfile_find(&t->file, "name");
    t->table = (table){.file = &t->file,
                       .split = &t->split,
                       .features = f,
                       .n_features = features_count(f),
                       .kind = TARGET_LABELS,
                       .period = 360,
                       .n_targets = 1,
                       .targets = targets,
                       .n_labels = NAME_WIDTH,
                       .labels = t->file.columns[targets[0]].bits};
    assert_int_equal(pack_of(t, &(pack_settings){.set = 0, .standardise = true}, 2, "one", &p),
                     STINT_OK);
    assert_int_equal(p.features, 1);
    assert_int_equal(p.bits, FP_WIDTH);
    assert_int_equal(p.outputs, NAME_WIDTH);
    int64_t bytes = (NAME_WIDTH + 7) / 8;
    for (int64_t r = 0; r < N; r++) {
        for (int64_t i = 0; i < FP_WIDTH; i++)
            assert_int_equal(p.x_bits[r * p.bits_bytes + i / 8] >> (7 - i % 8) & 1, fp_bit(r, i));
        for (int64_t i = 0; i < NAME_WIDTH; i++)
            assert_int_equal(p.y_bits[r * bytes + i / 8] >> (7 - i % 8) & 1,
                             (uint8_t)(r * 7 + i / 8 * 13) >> (7 - i % 8) & 1);
    }
    pack_close(&p);
}

static void memory_is_as_foretold(void **state)
{
    fixture *t = *state;
    world w;
    features *f;
    pack p;
    world_make(t, &w, TARGET_NUMBER, &f);
    for (int threads = 1; threads <= 3; threads++) {
        char key[] = {(char)('0' + threads), 0};
        pool *workers = pool_new(t->ctx, threads);
        ctx *own = ctx_child(t->ctx, "pack", pack_bytes(3, 1, threads));
        assert_int_equal(pack_open(own, &t->table, NULL, hash_bytes(key, strlen(key)),
                                   &(pack_settings){.standardise = true}, workers, &p),
                         STINT_OK);
        assert_true(p.map.size <= pack_disk_bytes(p.rows, 3, 1));
        pack_close(&p);
        ctx_free_child(own);
        pool_free(workers);
    }
    world_free(&w);
}

static void what_is_wrong_is_said(void **state)
{
    fixture *t = *state;
    world w;
    features *f;
    pack p;
    world_make(t, &w, TARGET_NUMBER, &f);
    assert_int_equal(pack_of(t, &(pack_settings){.group = "h"}, 1, "one", &p), STINT_EUSAGE);
    assert_message(t, "\"h\"");
    assert_int_equal(file_write_atomic(t->ctx, fixture_path(t, "bad"), "12345678{", 9), STINT_OK);
    assert_int_equal(pack_open_file(t->ctx, fixture_path(t, "bad"), &p), STINT_EDATA);
    stint_clear(t->ctx);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_value_is_the_tables),     FIXTURE_TEST(threads_change_no_byte),
        FIXTURE_TEST(a_standard_scale_standardises), FIXTURE_TEST(classes_and_all_rows),
        FIXTURE_TEST(memory_is_as_foretold),         FIXTURE_TEST(bits_and_labels_are_packed),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
