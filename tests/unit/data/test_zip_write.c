/* The ZIP container: what is put in reads back, in the classic form and in that of ZIP64.
 *
 *     test_zip_write PATH    writes a container in the ZIP64 form, for other programs to read */
#include "base/os/os.h"
#include "data/zip_write.h"
#include "unit/zip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH "test_zip_write.zip"

static int setup(void **state)
{
    *state = stint_open(NULL);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    stint_close(*state);
    unlink(PATH);
    return 0;
}

/* A text of n times "part I ", in pieces of their own. */
static stint_status put_entry(zip_writer *z, deflater *d, const char *name, int n)
{
    deflate_piece piece = {0};
    stint_status s = zip_begin(z, name);
    for (int i = 0; i < n && s == STINT_OK; i++) {
        char text[32];
        s = deflater_run(d, text, snprintf(text, sizeof text, "part %d ", i), &piece);
        if (s == STINT_OK)
            s = zip_put(z, &piece);
    }
    mem_free(piece.at);
    return s == STINT_OK ? zip_end(z) : s;
}

/* c: a thousand parts; a: empty; folder/b: three */
static stint_status write_file(ctx *c, const char *path, uint64_t classic_most)
{
    zip_writer *z = zip_create(c, path, classic_most);
    deflater *d = z ? deflater_new(c) : NULL;
    stint_status s = d ? put_entry(z, d, "c", 1000) : ctx_status(c);
    if (s == STINT_OK)
        s = put_entry(z, d, "a", 0);
    if (s == STINT_OK)
        s = put_entry(z, d, "folder/b", 3);
    deflater_free(d);
    if (s == STINT_OK)
        return zip_finish(z);
    zip_abandon(z);
    return s;
}

static void check_entry(ctx *c, const str *file, const char *name, const char *wanted, bool zip64)
{
    bool found64;
    str text;
    str_init(&text, c, TAG_BASE);
    assert_true(zip_text(file, name, &text, &found64));
    assert_int_equal(strncmp(text.at, wanted, strlen(wanted)), 0);
    assert_int_equal(found64, zip64);
    str_deinit(&text);
}

static void entries_read_back(void **state)
{
    ctx *c = *state;
    /* the first entry is beyond the bound by its size, the others by where they begin */
    static const struct {
        uint64_t most;
        bool zip64;
    } cases[] = {{0, false}, {5000, true}, {50000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str file;
        str_init(&file, c, TAG_BASE);
        assert_int_equal(write_file(c, PATH, cases[i].most), STINT_OK);
        assert_int_equal(file_read(c, PATH, &file), STINT_OK);
        check_entry(c, &file, "a", "", cases[i].zip64);
        check_entry(c, &file, "folder/b", "part 0 part 1 part 2 ", cases[i].zip64);
        check_entry(c, &file, "c", "part 0 part 1 part 2 part 3 ", cases[i].zip64);
        str_deinit(&file);
    }
}

static void what_is_abandoned_is_gone(void **state)
{
    ctx *c = *state;
    zip_writer *z = zip_create(c, PATH, 0);
    assert_non_null(z);
    assert_int_equal(zip_begin(z, "a"), STINT_OK);
    zip_abandon(z);
    assert_false(file_exists(PATH));
    assert_null(zip_create(c, "absent/folder/a.zip", 0));
    assert_int_equal(ctx_status(c), STINT_EIO);
    stint_clear(c);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_abandoned_is_gone, setup, teardown),
    };
    if (argc < 2)
        return cmocka_run_group_tests(tests, NULL, NULL);
    ctx *c = stint_open(NULL);
    stint_status s = write_file(c, argv[1], 5000);
    stint_close(c);
    return s != STINT_OK;
}
