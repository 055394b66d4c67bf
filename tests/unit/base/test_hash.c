#include "base/hash.h"
#include "base/mem.h"
#include "base/os/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* Values of `xxhsum -H2` and of xxHash's own sanity checks. */
static void known_values(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE];
    hash_text(text, hash_bytes("", 0));
    assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
    assert_true(hash64("", 0) == 0x2D06800538D394C2u);
}

static void pieces_make_the_whole(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    char bytes[3000];
    memset(bytes, 'q', sizeof bytes);
    hasher *h = hash_begin(c);
    for (size_t at = 0, n = 1; at < sizeof bytes; at += n, n = 2 * n + 1) {
        n = n < sizeof bytes - at ? n : sizeof bytes - at;
        hash_add(h, bytes + at, n);
    }
    assert_true(hash_equal(hash_end(h), hash_bytes(bytes, sizeof bytes)));
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static hash128 of_texts(ctx *c, const char *a, const char *b)
{
    hasher *h = hash_begin(c);
    hash_add_text(h, a);
    hash_add_text(h, b);
    return hash_end(h);
}

static void texts_do_not_run_together(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    assert_true(hash_equal(of_texts(c, "ab", "c"), of_texts(c, "ab", "c")));
    assert_false(hash_equal(of_texts(c, "ab", "c"), of_texts(c, "a", "bc")));
    stint_close(c);
}

static void files(void **state)
{
    (void)state;
    char dir[] = "/tmp/stint-hash-XXXXXX", path[64], sha[SHA256_TEXT_SIZE];
    ctx *c = stint_open(NULL);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/f", dir);
    size_t n = (3 << 20) + 17; /* more than one piece */
    char *bytes = mem_alloc(c, TAG_BASE, n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 31 >> 3);
    assert_int_equal(file_write_atomic(c, path, bytes, n), STINT_OK);
    hash128 h;
    assert_int_equal(hash_file(c, path, &h), STINT_OK);
    assert_true(hash_equal(h, hash_bytes(bytes, n)));
    mem_free(bytes);

    int64_t size;
    assert_int_equal(file_write_atomic(c, path, "abc", 3), STINT_OK);
    assert_int_equal(sha256_file(c, path, sha, &size), STINT_OK);
    assert_int_equal(size, 3);
    assert_string_equal(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(dir_remove(c, dir), STINT_OK);
    assert_int_equal(hash_file(c, path, &h), STINT_EIO);
    assert_int_equal(sha256_file(c, path, sha, NULL), STINT_EIO);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(texts_do_not_run_together),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
