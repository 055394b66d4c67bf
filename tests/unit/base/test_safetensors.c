/* Tensors of any dtype come back from a file as they were, each aligned; the file is the one
 * that the format's own library would read; what is damaged is refused, with the reason. */
#include "base/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *const dir = "unit.safetensors", *const path = "unit.safetensors/t.safetensors";

static const uint8_t u8[] = {1, 2, 255};
static const uint8_t flags[] = {0, 1, 1, 0};
static const uint16_t half[] = {0x3c00, 0xbc00, 0x7e01, 0, 0x8000, 1, 2};
static const float f32[] = {1, -2.5f, 3e38f};
static const double f64[] = {0.1, -0.0};
static const int32_t i32[24] = {INT32_MIN, -1, 0, 1, INT32_MAX};
static const int64_t i64[] = {INT64_MIN, INT64_MAX};

/* Given so that they lie unaligned side by side unless they are put in order. */
static const safetensor all[] = {
    {"u8", STINT_U8, 1, {3}, u8},
    {"bool", STINT_BOOL, 2, {2, 2}, flags},
    {"f16", STINT_F16, 1, {7}, half},
    {"i32", STINT_I32, 8, {1, 2, 1, 3, 1, 4, 1, 1}, i32},
    {"none", STINT_F32, 3, {2, 0, 3}, NULL},
    {"scalar", STINT_F64, 0, {0}, f64},
    {"bf16", STINT_BF16, 1, {5}, half},
    {"f32 \"\xc3\xbc\"", STINT_F32, 1, {3}, f32},
    {"f64", STINT_F64, 2, {2, 1}, f64},
    {"i64", STINT_I64, 1, {2}, i64},
};

enum { ALL = sizeof all / sizeof *all };

static void assert_same(const safetensor *found, const safetensor *want)
{
    assert_int_equal(found->dtype, want->dtype);
    assert_int_equal(found->axes, want->axes);
    for (int a = 0; a < want->axes; a++)
        assert_int_equal(found->shape[a], want->shape[a]);
    assert_int_equal((uintptr_t)found->at % (size_t)safetensor_dtypes[want->dtype].bytes, 0);
    if (safetensor_bytes(want) > 0)
        assert_memory_equal(found->at, want->at, (size_t)safetensor_bytes(want));
}

/* By both readers, in another order than they have in the file. */
static void check_all(ctx *c)
{
    safetensor found[ALL];
    void *block;
    file_map map;
    for (int i = 0; i < ALL; i++)
        found[i] = (safetensor){.name = all[ALL - 1 - i].name};
    assert_int_equal(safetensors_read(c, path, found, ALL, &block), STINT_OK);
    for (int i = 0; i < ALL; i++)
        assert_same(&found[i], &all[ALL - 1 - i]);
    mem_free(block);
    assert_int_equal(safetensors_map(c, path, found, ALL, &map), STINT_OK);
    for (int i = 0; i < ALL; i++)
        assert_same(&found[i], &all[ALL - 1 - i]);
    map_close(&map);
}

static void tensors_come_back(void **state)
{
    ctx *c = *state;
    assert_int_equal(safetensors_write(c, path, all, ALL), STINT_OK);
    check_all(c);
    assert_int_equal(safetensors_write(c, path, NULL, 0), STINT_OK);
    file_map map;
    assert_int_equal(safetensors_map(c, path, NULL, 0, &map), STINT_OK);
    map_close(&map);
}

/* One value of each in turn. */
static void pieces_give_the_same_file(void **state)
{
    ctx *c = *state;
    safetensors_writer *w;
    str whole, pieces;
    str_init(&whole, c, TAG_BASE);
    str_init(&pieces, c, TAG_BASE);
    assert_int_equal(safetensors_write(c, path, all, ALL), STINT_OK);
    assert_int_equal(file_read(c, path, &whole), STINT_OK);
    unlink(path);
    assert_int_equal(safetensors_begin(c, path, all, ALL, &w), STINT_OK);
    for (int64_t at = 0; at < 24; at++)
        for (int i = 0; i < ALL; i++) {
            int64_t bytes = safetensor_dtypes[all[i].dtype].bytes;
            if (at < safetensor_bytes(&all[i]) / bytes)
                assert_int_equal(safetensors_put(w, i, (const uint8_t *)all[i].at + at * bytes, 1),
                                 STINT_OK);
        }
    assert_false(file_exists(path));
    assert_int_equal(safetensors_end(w), STINT_OK);
    assert_int_equal(file_read(c, path, &pieces), STINT_OK);
    assert_int_equal(pieces.len, whole.len);
    assert_memory_equal(pieces.at, whole.at, whole.len);
    str_deinit(&whole);
    str_deinit(&pieces);
}

static void the_header_is_the_formats(void **state)
{
    ctx *c = *state;
    static const char header[] =
        "{\"b\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
        "\"c\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[16,24]},"
        "\"a\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[24,28]}} ";
    const safetensor three[] = {{"a", STINT_BF16, 2, {1, 2}, half},
                                {"b", STINT_F64, 1, {2}, f64},
                                {"c", STINT_F64, 0, {0}, f64}};
    str file;
    str_init(&file, c, TAG_BASE);
    assert_int_equal(safetensors_write(c, path, three, 3), STINT_OK);
    assert_int_equal(file_read(c, path, &file), STINT_OK);
    uint64_t size;
    memcpy(&size, file.at, 8);
    assert_int_equal(size % 8, 0);
    assert_int_equal(size, sizeof header - 1);
    assert_memory_equal(file.at + 8, header, sizeof header - 1);
    assert_int_equal(file.len, 8 + size + 28);
    str_deinit(&file);
}

static void names_that_would_be_lost_are_refused(void **state)
{
    static const struct {
        const char *name, *message;
    } cases[] = {
        {"__metadata__", "no tensor can be called \"__metadata__\""},
        {"x", "two tensors are called \"x\""},
        {"\xff", "the name of tensor 1 is not UTF-8"},
    };
    ctx *c = *state;
    unlink(path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const safetensor two[] = {{"x", STINT_U8, 1, {3}, u8},
                                  {cases[i].name, STINT_U8, 0, {0}, u8}};
        assert_int_equal(safetensors_write(c, path, two, 2), STINT_EUSAGE);
        assert_non_null(strstr(stint_message(c), cases[i].message));
        assert_int_equal(dir_bytes(dir), 0);
        stint_clear(c);
    }
    char *longer = malloc(5000);
    memset(longer, 'a', 4999);
    longer[4999] = '\0';
    assert_int_equal(safetensors_write(c, longer, all, ALL), STINT_EIO);
    stint_clear(c);
    free(longer);
}

/* --- damage ------------------------------------------------------------------------------ */

/* A file of this header and `data` zero bytes. */
static void write_file(ctx *c, const char *header, size_t data)
{
    static char bytes[4096];
    uint64_t size = strlen(header);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, &size, 8);
    memcpy(bytes + 8, header, size);
    assert_int_equal(file_write_atomic(c, path, bytes, 8 + size + data), STINT_OK);
}

#define X_IS(dtype, shape, offsets)                                                                \
    "{\"x\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define X_AND(rest)   "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}," rest "}"
#define Y_AT(offsets) "\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" offsets "}"

static const struct damage {
    const char *header;
    size_t data;
    const char *message; /* NULL = it is read */
} damages[] = {
    {X_IS("F32", "[2,1]", "[0,8]"), 8, NULL},
    {X_IS("F32", "[]", "[0,4]"), 4, NULL},
    {X_IS("I64", "[0]", "[0,0]"), 0, NULL},
    {X_AND(Y_AT("[4,8]")), 8, NULL},
    {X_AND("\"__metadata__\":{\"format\":\"pt\"}"), 4, NULL},
    {X_AND("\"y\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[4,8]}"), 8, NULL},
    {X_AND("\"y\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}"), 4, NULL},
    {"{", 4, "t.safetensors"},
    {"{}", 0, "tensor \"x\" is missing"},
    {"[1]", 0, "not a safetensors file"},
    {"{\"x\":3}", 0, "tensor \"x\" is damaged: its data_offsets are no range"},
    {X_IS("F33", "[2]", "[0,8]"), 8, "tensor \"x\" is damaged: its dtype"},
    {X_IS("F", "[2]", "[0,8]"), 8, "its dtype"},
    {X_IS("F32", "2", "[0,8]"), 8, "its shape is none"},
    {X_IS("F32", "[2.0]", "[0,8]"), 8, "its shape is none"},
    {X_IS("F32", "[\"2\"]", "[0,8]"), 8, "its shape is none"},
    {X_IS("F32", "[-2,-1]", "[0,8]"), 8, "its shape is none"},
    {X_IS("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "its shape is none of at most 8 axes"},
    {X_IS("F32", "[3]", "[0,8]"), 8, "do not agree"},
    {X_IS("F32", "[1]", "[0,8]"), 8, "do not agree"},
    {X_IS("F32", "[4294967296,4294967296]", "[0,0]"), 0, "do not agree"},
    {X_IS("F32", "[4611686018427387905]", "[0,4]"), 4, "do not agree"},
    {X_IS("F32", "[2]", "[0,8,8]"), 8, "no range"},
    {X_IS("F32", "[2]", "[0]"), 8, "no range"},
    {X_IS("F32", "[2]", "[8,0]"), 8, "no range"},
    {X_IS("F32", "[2]", "[-8,0]"), 8, "no range"},
    {X_IS("F32", "[2]", "[0.0,8]"), 8, "no range"},
    {X_IS("F32", "[2]", "[0,8]"), 7, "tensor \"x\" is damaged: it ends at byte 8 of 7"},
    {X_IS("F32", "[2]", "[0,8]"), 9, "1 bytes at its end belong to no tensor"},
    {X_IS("F32", "[2]", "[8,16]"), 16, "tensor \"x\" is damaged: there is a hole before it"},
    {X_AND(Y_AT("[3,7]")), 7, "tensor \"y\" is damaged: it overlaps another"},
    {X_AND(Y_AT("[0,4]")), 4, "overlaps another"},
    {X_AND(Y_AT("[5,9]")), 9, "a hole before it"},
    {X_AND(Y_AT("[4,9]")), 8, "tensor \"y\" is damaged: it ends at byte 9 of 8"},
    {X_IS("F32", "[2]", "[0,8]") " ", 8, "not aligned"},
    {"{\"x\":{},\"x\":{}}", 0, "t.safetensors"},
};

static void check_damage(ctx *c, const struct damage *d)
{
    safetensor x = {.name = "x"};
    void *block;
    file_map map;
    char header[1024];
    size_t filled = (strlen(d->header) + 7) / 8 * 8;
    bool unaligned = d->message && !strcmp(d->message, "not aligned");
    snprintf(header, sizeof header, "%-*s", unaligned ? 0 : (int)filled, d->header);
    write_file(c, header, d->data);
    for (int mapped = 0; mapped < 2; mapped++) {
        stint_status s = mapped ? safetensors_map(c, path, &x, 1, &map)
                                : safetensors_read(c, path, &x, 1, &block);
        if (s != (d->message ? STINT_EDATA : STINT_OK))
            fail_msg("%s: %s", d->header, s == STINT_OK ? "is read" : stint_message(c));
        if (d->message &&
            (!strstr(stint_message(c), d->message) || !strstr(stint_message(c), "t.safetensors")))
            fail_msg("\"%s\" is not in \"%s\"", d->message, stint_message(c));
        if (s == STINT_OK && mapped)
            map_close(&map);
        else if (s == STINT_OK)
            mem_free(block);
        stint_clear(c);
    }
}

static void damage_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++)
        check_damage(*state, &damages[i]);
}

static void a_file_of_other_kind_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {{"", 0},
                 {"short", 5},
                 {"\3\0\0\0\0\0\0\0{}", 10},
                 {"\377\377\377\377\377\377\377\377{}", 10}};
    ctx *c = *state;
    file_map map;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(file_write_atomic(c, path, cases[i].bytes, cases[i].n), STINT_OK);
        assert_int_equal(safetensors_map(c, path, NULL, 0, &map), STINT_EDATA);
        assert_non_null(strstr(stint_message(c), "not a safetensors file"));
        stint_clear(c);
    }
    unlink(path);
    assert_int_equal(safetensors_map(c, path, NULL, 0, &map), STINT_EIO);
    stint_clear(c);
}

static void a_bool_is_0_or_1(void **state)
{
    static const uint8_t two[] = {0, 1, 2};
    ctx *c = *state;
    safetensor found = {.name = "x"};
    void *block;
    assert_int_equal(safetensors_write(c, path, &(safetensor){"x", STINT_BOOL, 1, {3}, two}, 1),
                     STINT_OK);
    assert_int_equal(safetensors_read(c, path, &found, 1, &block), STINT_EDATA);
    assert_non_null(strstr(stint_message(c), "a bool is neither 0 nor 1"));
    stint_clear(c);
}

/* Files of others whose values begin at no multiple of 8 are read where values are aligned. */
static void aligned_is_what_matters(void **state)
{
    ctx *c = *state;
    static const char shifted[] =
        "{\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
        "\"x\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[4,12]}}";
    static const struct {
        const char *header;
        int filled; /* its length modulo 8 */
        size_t data;
    } cases[] = {{X_IS("U8", "[3]", "[0,3]"), 1, 3}, {shifted, 4, 12}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        safetensor found = {.name = "x"};
        char header[256];
        void *block;
        int length = (int)(strlen(cases[i].header) + 7) / 8 * 8 + cases[i].filled;
        snprintf(header, sizeof header, "%-*s", length, cases[i].header);
        write_file(c, header, cases[i].data);
        assert_int_equal(safetensors_read(c, path, &found, 1, &block), STINT_OK);
        assert_int_equal((uintptr_t)found.at % (size_t)safetensor_dtypes[found.dtype].bytes, 0);
        assert_memory_equal(found.at, "\0\0\0\0\0\0\0", (size_t)safetensor_bytes(&found));
        mem_free(block);
    }
}

static int context_open(void **state)
{
    *state = stint_open(NULL);
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
        cmocka_unit_test(tensors_come_back),
        cmocka_unit_test(pieces_give_the_same_file),
        cmocka_unit_test(the_header_is_the_formats),
        cmocka_unit_test(names_that_would_be_lost_are_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(a_file_of_other_kind_is_refused),
        cmocka_unit_test(a_bool_is_0_or_1),
        cmocka_unit_test(aligned_is_what_matters),
    };
    return cmocka_run_group_tests(tests, context_open, context_close);
}
