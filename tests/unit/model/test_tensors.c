/* Tensors come back whole from a file written at once or piece by piece; half a file never gets
 * its name, and a damaged one is refused. */
#include "model/tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *const dir = "unit.tensors", *const path = "unit.tensors/t.safetensors";

enum { ROWS = 1000, WIDE = 3 };

static double a[ROWS * WIDE], b[ROWS];

static const tensor_f64 shapes[] = {{"a", {ROWS, WIDE}, 2, a}, {"b", {ROWS}, 1, b}};

/* In pieces of `rows` of both, taking turns. */
static stint_status write_pieces(ctx *c, int64_t rows)
{
    tensors_writer *w;
    TRY(tensors_begin(c, path, shapes, 2, &w));
    for (int64_t i = 0; i < ROWS; i += rows) {
        int64_t n = ROWS - i < rows ? ROWS - i : rows;
        stint_status s = tensors_put(w, 1, b + i, n);
        if (s == STINT_OK)
            s = tensors_put(w, 0, a + i * WIDE, n * WIDE);
        if (s != STINT_OK) {
            tensors_abandon(w);
            return s;
        }
        assert_false(file_exists(path));
    }
    return tensors_end(w);
}

static void assert_same(const tensor_f64 *found)
{
    assert_int_equal(found[0].axes, 1);
    assert_int_equal(found[0].shape[0], ROWS);
    assert_memory_equal(found[0].at, b, sizeof b);
    assert_int_equal(found[1].axes, 2);
    assert_int_equal(found[1].shape[0], ROWS);
    assert_int_equal(found[1].shape[1], WIDE);
    assert_memory_equal(found[1].at, a, sizeof a);
}

static void check_file(ctx *c)
{
    tensor_f64 found[] = {{.name = "b"}, {.name = "a"}};
    double *block;
    file_map map;
    assert_int_equal(tensors_read(c, path, found, 2, &block), STINT_OK);
    assert_ptr_equal(found[1].at, block); /* the first of the file */
    assert_same(found);
    mem_free(block);
    assert_int_equal(tensors_map(c, path, found, 2, &map), STINT_OK);
    assert_same(found);
    map_close(&map);
}

static void any_pieces_give_the_same_file(void **state)
{
    ctx *c = *state;
    static const int64_t pieces[] = {1, 7, 256, ROWS};
    str whole, file;
    str_init(&whole, c, TAG_BASE);
    assert_int_equal(tensors_write(c, path, shapes, 2), STINT_OK);
    assert_int_equal(file_read(c, path, &whole), STINT_OK);
    check_file(c);
    for (int i = 0; i < 4; i++) {
        unlink(path);
        assert_int_equal(write_pieces(c, pieces[i]), STINT_OK);
        check_file(c);
        str_init(&file, c, TAG_BASE);
        assert_int_equal(file_read(c, path, &file), STINT_OK);
        assert_int_equal(file.len, whole.len);
        assert_memory_equal(file.at, whole.at, whole.len);
        str_deinit(&file);
    }
    str_deinit(&whole);
}

static void what_is_abandoned_leaves_no_file(void **state)
{
    ctx *c = *state;
    tensors_writer *w;
    unlink(path);
    assert_int_equal(tensors_begin(c, path, shapes, 2, &w), STINT_OK);
    assert_int_equal(tensors_put(w, 0, a, 5), STINT_OK);
    tensors_abandon(w);
    tensors_abandon(NULL);
    assert_int_equal(dir_bytes(dir), 0);
    assert_int_equal(tensors_begin(c, "unit.tensors/none/t", shapes, 2, &w), STINT_EIO);
    assert_null(w);
    stint_clear(c);
}

/* Both readers refuse the bytes, or both give every value within them. */
static void check_damaged(ctx *c, const void *bytes, size_t n)
{
    tensor_f64 found[] = {{.name = "b"}, {.name = "a"}};
    double *block;
    file_map map;
    assert_int_equal(file_write_atomic(c, path, bytes, n), STINT_OK);
    stint_status s = tensors_read(c, path, found, 2, &block);
    assert_true(s == STINT_OK || s == STINT_EDATA);
    assert_true((s == STINT_OK) == (block != NULL));
    mem_free(block);
    stint_clear(c);
    assert_int_equal(tensors_map(c, path, found, 2, &map), s);
    for (int t = 0; s == STINT_OK && t < 2; t++) {
        int64_t values = found[t].shape[0] * (found[t].axes == 2 ? found[t].shape[1] : 1);
        assert_true((const uint8_t *)found[t].at >= map.at);
        assert_true((const uint8_t *)(found[t].at + values) <= map.at + map.size);
    }
    if (s == STINT_OK)
        map_close(&map);
    stint_clear(c);
}

static void damage_is_refused(void **state)
{
    ctx *c = *state;
    str file;
    str_init(&file, c, TAG_BASE);
    assert_int_equal(tensors_write(c, path, shapes, 2), STINT_OK);
    assert_int_equal(file_read(c, path, &file), STINT_OK);
    size_t header = file.len - sizeof a - sizeof b;
    for (size_t i = 0; i < header; i++) {
        char good = file.at[i];
        static const char bad[] = {0, '9', '"', (char)0xff};
        for (int k = 0; k < 4; k++) {
            file.at[i] = bad[k];
            check_damaged(c, file.at, file.len);
        }
        file.at[i] = good;
        check_damaged(c, file.at, i);
    }
    tensor_f64 found[] = {{.name = "b"}};
    file_map map;
    assert_int_equal(file_write_atomic(c, path, file.at, file.len - 1), STINT_OK);
    assert_int_equal(tensors_map(c, path, found, 1, &map), STINT_EDATA); /* b is the last */
    assert_non_null(strstr(stint_message(c), "\"b\" is damaged: it ends at byte"));
    stint_clear(c);
    assert_int_equal(tensors_write(c, path, shapes, 2), STINT_OK);
    found[0].name = "c";
    assert_int_equal(tensors_map(c, path, found, 1, &map), STINT_EDATA);
    stint_clear(c);
    str_deinit(&file);
}

static int context_open(void **state)
{
    *state = stint_open(NULL);
    for (int i = 0; i < ROWS * WIDE; i++)
        a[i] = i * 0.1;
    for (int i = 0; i < ROWS; i++)
        b[i] = -i;
    return *state && dir_make(*state, dir) == STINT_OK ? 0 : -1;
}

static int context_close(void **state)
{
    int64_t left = mem_live_blocks(ctx_budget(*state), NULL, 0, 0);
    stint_status s = dir_remove(*state, dir);
    stint_close(*state);
    return left != 0 || s != STINT_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_pieces_give_the_same_file),
        cmocka_unit_test(what_is_abandoned_leaves_no_file),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, context_open, context_close);
}
