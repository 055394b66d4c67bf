/* The journal: what was appended is there again; torn and damaged lines cost their trials only. */
#include "experiment/journal.h"

#include "unit/fixture.h"

enum { N = 20 };

static const journal_owner owner = {"0123456789abcdef0123456789abcdef", "fedcba98", "baseline"};

static stint_status note(void *self, const record *r)
{
    record *seen = self; /* [N] */
    assert_true(r->trial >= 0 && r->trial < N);
    seen[r->trial] = *r;
    return STINT_OK;
}

static record make(int64_t trial)
{
    return (record){.trial = trial,
                    .score = trial == 3 ? NAN : 1.0 / (double)(trial + 1),
                    .seconds = 0.25,
                    .status = trial == 3 ? TRIAL_FAILED : TRIAL_OK,
                    .attempts = trial == 3 ? 2 : 1};
}

static stint_status reopen(fixture *t, record *seen, journal *j)
{
    memset(seen, 0, N * sizeof *seen);
    return journal_open(t->ctx, fixture_path(t, "journal.jsonl"), &owner, note, seen, j);
}

static void write_all(fixture *t)
{
    record seen[N];
    journal j;
    assert_int_equal(reopen(t, seen, &j), STINT_OK);
    for (int64_t i = 0; i < N; i += 5) {
        record some[5];
        for (int64_t k = 0; k < 5; k++)
            some[k] = make(i + k);
        assert_int_equal(journal_append(&j, some, 5), STINT_OK);
    }
    assert_int_equal(journal_sync(&j), STINT_OK);
    journal_close(&j);
}

/* How many records came back; each as it was made. */
static int found(const record *seen)
{
    int n = 0;
    for (int64_t i = 0; i < N; i++) {
        record want = make(i);
        if (seen[i].status == TRIAL_MISSING)
            continue;
        n++;
        assert_int_equal(seen[i].status, want.status);
        assert_int_equal(seen[i].attempts, want.attempts);
        assert_true(seen[i].score == want.score || (isnan(seen[i].score) && isnan(want.score)));
    }
    return n;
}

static char *load(fixture *t, size_t *n)
{
    str text;
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, fixture_path(t, "journal.jsonl"), &text), STINT_OK);
    char *copy = malloc(text.len + 1);
    memcpy(copy, text.at, text.len);
    *n = text.len;
    str_deinit(&text);
    return copy;
}

static void store(fixture *t, const char *bytes, size_t n)
{
    FILE *f = fopen(fixture_path(t, "journal.jsonl"), "wb");
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void records_come_back(void **state)
{
    fixture *t = *state;
    record seen[N];
    journal j;
    write_all(t);
    assert_int_equal(reopen(t, seen, &j), STINT_OK);
    assert_int_equal(found(seen), N);
    journal_close(&j);
    assert_string_equal(t->log, "");
}

/* Cut at every length: every whole line stands, and the journal goes on behind it. */
static void torn_anywhere(void **state)
{
    fixture *t = *state;
    record seen[N], one = make(7);
    journal j;
    size_t n, size;
    write_all(t);
    char *whole = load(t, &n);
    for (size_t cut = 0; cut < n; cut += cut < 400 ? 1 : 37) {
        int lines = 0;
        for (size_t i = 0; i < cut; i++)
            lines += whole[i] == '\n';
        store(t, whole, cut);
        assert_int_equal(reopen(t, seen, &j), STINT_OK);
        assert_int_equal(found(seen), lines > 0 ? lines - 1 : 0);
        assert_int_equal(journal_append(&j, &one, 1), STINT_OK);
        journal_close(&j);
        char *now = load(t, &size);
        assert_int_equal(now[size - 1], '\n');
        free(now);
        assert_int_equal(reopen(t, seen, &j), STINT_OK);
        assert_int_equal(seen[7].status, TRIAL_OK);
        journal_close(&j);
    }
    free(whole);
}

/* Each byte of a line in the middle, up to its check, changed in turn: that line is gone, no
 * other. */
static void damaged_anywhere(void **state)
{
    fixture *t = *state;
    record seen[N];
    journal j;
    size_t n;
    write_all(t);
    char *whole = load(t, &n);
    size_t from = 0, end;
    for (int line = 0; line < 9; from++)
        line += whole[from] == '\n';
    end = (size_t)((char *)memchr(whole + from, '\n', n - from) - whole);
    for (size_t at = from; at < end - strlen("\"}"); at++) {
        whole[at] ^= 4;
        store(t, whole, n);
        whole[at] ^= 4;
        t->log[0] = '\0';
        assert_int_equal(reopen(t, seen, &j), STINT_OK);
        assert_int_equal(found(seen), N - 1);
        assert_int_equal(seen[8].status, TRIAL_MISSING);
        assert_non_null(strstr(t->log, "1 damaged lines"));
        journal_close(&j);
    }
    free(whole);
}

static void another_experiment(void **state)
{
    fixture *t = *state;
    record seen[N];
    journal j;
    write_all(t);
    journal_owner other = owner;
    other.experiment = "another";
    const char *path = fixture_path(t, "journal.jsonl");
    assert_int_equal(journal_open(t->ctx, path, &other, note, seen, &j), STINT_EMISMATCH);
    assert_message(t, "belongs to another experiment");
    other = owner;
    other.fingerprint = "other";
    assert_int_equal(journal_open(t->ctx, path, &other, note, seen, &j), STINT_EMISMATCH);
    assert_message(t, "the data is no longer what this run began with");
    assert_int_equal(reopen(t, seen, &j), STINT_OK); /* it was left as it was */
    assert_int_equal(found(seen), N);
    journal_close(&j);
}

static stint_status refuse(void *self, const record *r)
{
    (void)r;
    return (fail)(self, STINT_EFAIL, "refused"); /* ours, not cmocka's macro */
}

static void another_instruction_set_is_said(void **state)
{
    fixture *t = *state;
    record seen[N] = {0};
    journal j;
    journal_owner other = owner;
    other.isa = "avx2";
    write_all(t);
    assert_int_equal(journal_open(t->ctx, fixture_path(t, "journal.jsonl"), &other, note, seen, &j),
                     STINT_OK);
    assert_int_equal(found(seen), N);
    assert_non_null(strstr(t->log, "other instructions than avx2"));
    journal_close(&j);
}

static void a_visitor_may_refuse(void **state)
{
    fixture *t = *state;
    journal j;
    write_all(t);
    assert_int_equal(
        journal_open(t->ctx, fixture_path(t, "journal.jsonl"), &owner, refuse, t->ctx, &j),
        STINT_EFAIL);
    assert_message(t, "refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(records_come_back),    FIXTURE_TEST(torn_anywhere),
        FIXTURE_TEST(damaged_anywhere),     FIXTURE_TEST(another_experiment),
        FIXTURE_TEST(a_visitor_may_refuse), FIXTURE_TEST(another_instruction_set_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
