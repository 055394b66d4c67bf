/* The header of a NumPy array: what it may say, and what is said of one that is wrong. */
#include "data/npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A file of version `major` with this header and `data` bytes behind it. */
static int64_t make_file(uint8_t *out, int major, const char *header, int64_t data)
{
    size_t n = strlen(header), at = major == 1 ? 10 : 12;
    memcpy(out, npy_magic, NPY_MAGIC_BYTES);
    out[6] = (uint8_t)major;
    out[7] = 0;
    for (size_t i = 8; i < at; i++)
        out[i] = (uint8_t)(n >> (8 * (i - 8)));
    memcpy(out + at, header, n);
    memset(out + at + n, 0, (size_t)data);
    return (int64_t)(at + n) + data;
}

typedef struct good_case {
    const char *header;
    int64_t data, rows, columns;
    int fields;
    element_kind last; /* of the last field */
    int bytes;
    int64_t offset, row_stride, column_stride;
} good_case;

static void good_headers(void **state)
{
    (void)state;
    static const good_case cases[] = {
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }  \n", 48, 3, 2, 1,
         ELEMENT_FLOAT, 8, 0, 16, 8},
        {"{'descr': '>i2', 'fortran_order': True, 'shape': (3, 2)}", 12, 3, 2, 1, ELEMENT_INT, 2, 0,
         2, 6},
        {"{'shape': (4,), 'fortran_order': False, 'descr': '|u1', }", 4, 4, 1, 1, ELEMENT_UINT, 1,
         0, 1, 1},
        {"{'descr': [('a', '<f4'), ('', '|V4'), (\"b'\", '<U3')], 'fortran_order': False, "
         "'shape': (2,), }",
         40, 2, 1, 2, ELEMENT_UCS4, 12, 8, 20, 20},
        {"{'descr': [(('title', 'a'), '|b1'), ('s', '|S7')], 'fortran_order': False, 'shape': "
         "(5L,)}",
         40, 5, 1, 2, ELEMENT_BYTES, 7, 1, 8, 8},
        {"{'descr': [('r', [('x', '<f8'), ('y', '<f8')]), ('v', '<f8', (2, 3)), ('n', '<i8')], "
         "'fortran_order': False, 'shape': (1,)}",
         72, 1, 1, 3, ELEMENT_INT, 8, 64, 72, 72},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int major = 1; major <= 3; major++) {
            const good_case *g = &cases[i];
            uint8_t bytes[512];
            arena a;
            npy x;
            ctx *c = stint_open(NULL);
            arena_init(&a, c, TAG_BASE);
            int64_t size = make_file(bytes, major, g->header, g->data);
            if (npy_read(c, &a, "x.npy", bytes, size, &x) != STINT_OK)
                fail_msg("%s: %s", g->header, stint_message(c));
            const npy_field *last = &x.fields[x.n_fields - 1];
            assert_int_equal(x.rows, g->rows);
            assert_int_equal(x.columns, g->columns);
            assert_int_equal(x.n_fields, g->fields);
            assert_true(last->known);
            assert_int_equal(last->element.kind, g->last);
            assert_int_equal(last->element.bytes, g->bytes);
            assert_int_equal(last->offset, g->offset);
            assert_int_equal(x.row_stride, g->row_stride);
            assert_int_equal(x.column_stride, g->column_stride);
            assert_int_equal(x.data_at + g->data, size);
            arena_deinit(&a);
            stint_close(c);
        }
}

static void names_in_every_version(void **state)
{
    (void)state;
    static const struct {
        int major;
        const char *written;
    } cases[] = {{1, "gr\xFCn"}, {2, "gr\\xfcn"}, {3, "gr\xC3\xBCn"}, {3, "gr\\u00fcn"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[512];
        char header[256];
        arena a;
        npy x;
        ctx *c = stint_open(NULL);
        arena_init(&a, c, TAG_BASE);
        snprintf(header, sizeof header,
                 "{'descr': [('%s', '<f8')], 'fortran_order': False, 'shape': (1,)}",
                 cases[i].written);
        int64_t size = make_file(bytes, cases[i].major, header, 8);
        assert_int_equal(npy_read(c, &a, "x.npy", bytes, size, &x), STINT_OK);
        assert_string_equal(x.fields[0].name, "gr\xC3\xBCn");
        arena_deinit(&a);
        stint_close(c);
    }
}

static void bad_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int64_t data;
        const char *message;
    } cases[] = {
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}", 47, "the file is too short"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}", 49, "1 bytes follow"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3037000500, 3037000500)}", 8,
         "the file is too short"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': ()}", 8, "has 0 dimensions"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1)}", 8, "has 3 dimensions"},
        {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 1)}", 8,
         "has 2 dimensions"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, "the array holds \"|O\""},
        {"{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", 16, "holds \"<c16\""},
        {"{'descr': [], 'fortran_order': False, 'shape': (1,)}", 0, "no fields"},
        {"{'descr': '<f8', 'fortran_order': False}", 8, "its header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", 8, "damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", 8, "damaged"},
        {"{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", 8, "damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", 8, "damaged"},
        {"{'descr': '<q8', 'fortran_order': False, 'shape': (1,)}", 8, "damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x", 8, "damaged"},
        {"", 0, "damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[512];
        arena a;
        npy x;
        ctx *c = stint_open(NULL);
        arena_init(&a, c, TAG_BASE);
        int64_t size = make_file(bytes, 1, cases[i].header, cases[i].data);
        assert_int_equal(npy_read(c, &a, "x.npy", bytes, size, &x), STINT_EDATA);
        if (!strstr(stint_message(c), cases[i].message) || !strstr(stint_message(c), "x.npy: "))
            fail_msg("%s: %s", cases[i].header, stint_message(c));
        arena_deinit(&a);
        stint_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_headers),
        cmocka_unit_test(names_in_every_version),
        cmocka_unit_test(bad_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
