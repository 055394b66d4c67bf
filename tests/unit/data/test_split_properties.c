/* What holds for any table and settings, over ten thousand random ones: no part is empty where
 * there are groups enough, groups stay whole, sizes and strata are right to within one row,
 * grouped parts are as even as their largest groups allow and shuffling costs nothing, scales and
 * types of columns and the last bit of a number decide nothing, a seed gives one split, and what
 * cannot be split is said. */
#include "unit/data/split_fixture.h"

#undef fail

enum { PROBLEMS = 10000, ROWS_MOST = 400, CLASSES = 4 };

typedef enum way { BY_CLASS, BY_BINS, BY_LIST, BY_GROUP, BY_GROUP_AND_CLASS, BY_TIME, WAYS } way;

typedef struct problem {
    way way;
    split_settings settings;
    small_table m;
    int64_t rows;
    int y, class, class_text; /* columns */
    int groups;               /* different ones */
    double number[ROWS_MOST], scaled[ROWS_MOST], nudged[ROWS_MOST], class_of[ROWS_MOST],
        site[ROWS_MOST];
    char site_names[ROWS_MOST][24];
    const char *site_texts[ROWS_MOST], *class_texts[ROWS_MOST];
    int first[ROWS_MOST];
    small_rows list;
    const colfile *checked;
} problem;

/* --- random problems ------------------------------------------------------------------------- */

static uint64_t draws;

static int64_t between(int64_t low, int64_t high)
{
    return low + (int64_t)rng_below((rng){2024, 77}, draws++, (uint64_t)(high - low + 1));
}

static void draw_cells(problem *p)
{
    static const char *const names[CLASSES] = {"oak", "ash", "elm", "fir"};
    int skew = (int)between(1, 4), ties = (int)between(1, 3);
    int sites = (int)between(1, between(0, 3) ? 40 : ROWS_MOST);
    bool seen[ROWS_MOST] = {false};
    p->groups = 0;
    for (int64_t i = 0; i < p->rows; i++) {
        int class = (int)(between(0, 99) * between(skew > 1 ? 0 : 99, 99) / 99 * CLASSES / 100);
        int site = (int)(between(0, sites - 1) / between(1, skew));
        p->number[i] = ties == 1 ? sin((double)draws) : (double)between(-9, 9 * ties);
        p->scaled[i] = p->number[i] * 0x1p-40;
        /* beside each number, in their order: bins are of the same rows */
        p->nudged[i] = nextafter(p->number[i], INFINITY);
        p->class_of[i] = class;
        p->class_texts[i] = names[class];
        p->site[i] = site * 0.1;
        snprintf(p->site_names[i], sizeof p->site_names[i], "#%d", (site * 7 + 3) % 1009);
        p->site_texts[i] = p->site_names[i];
        p->groups += !seen[site];
        seen[site] = true;
        p->first[i] = (int)i;
    }
}

/* Some rows become copies of earlier ones. */
static void draw_repeats(problem *p)
{
    p->checked = NULL;
    if (between(0, 3) > 0)
        return;
    for (int64_t i = 1; i < p->rows; i++) {
        int64_t from = between(0, 9) ? i : between(0, i - 1);
        if (from == i || p->first[from] != from)
            continue;
        p->first[i] = (int)from;
        p->number[i] = p->number[from];
        p->scaled[i] = p->scaled[from];
        p->nudged[i] = p->nudged[from];
        p->class_of[i] = p->class_of[from];
        p->class_texts[i] = p->class_texts[from];
    }
    p->checked = rows_of(&p->list, p->rows, NULL, p->first);
    p->settings.duplicates = (split_duplicates)between(SPLIT_TOGETHER, SPLIT_REFUSE);
}

static problem *draw(int number)
{
    static problem p;
    static const char *const list[] = {"class text", "y", NULL};
    draws = (uint64_t)number << 16;
    p.way = (way)(number % WAYS);
    p.rows = between(20, ROWS_MOST);
    p.settings =
        (split_settings){.test = (double)between(5, 50) / 100,
                         .folds = (int)between(2, 8),
                         .bins = (int)between(2, 12),
                         .seed = (uint64_t)between(0, 99),
                         .group = p.way == BY_GROUP || p.way == BY_GROUP_AND_CLASS ? "site" : "",
                         .missing_class = p.way == BY_GROUP_AND_CLASS || between(0, 1)};
    p.settings.kind = p.way == BY_TIME ? SPLIT_TIME : SPLIT_RANDOM;
    p.settings.column = p.way == BY_TIME ? "y" : "";
    p.settings.stratify = p.way == BY_LIST ? list : NULL;
    if (p.way == BY_GROUP)
        p.settings.bins = 0;
    draw_cells(&p);
    draw_repeats(&p);
    small_begin(&p.m, p.rows);
    p.y = small_numbers(&p.m, "y", p.number);
    p.class = small_numbers(&p.m, "class", p.class_of);
    p.class_text = small_texts(&p.m, "class text", p.class_texts);
    small_numbers(&p.m, "site", p.site);
    small_texts(&p.m, "site text", p.site_texts);
    return &p;
}

/* Its parts into part [rows]. */
static stint_status solve(fixture *t, problem *p, const split_settings *s, int target,
                          uint8_t *part)
{
    bool of_class = p->way == BY_CLASS || p->way == BY_GROUP_AND_CLASS;
    split_input in = {.file = &p->m.file,
                      .rows = p->checked,
                      .kind = of_class ? TARGET_CLASS : TARGET_NUMBER,
                      .targets = &target,
                      .n_targets = 1};
    split_job j = {.ctx = t->ctx, .in = &in, .settings = s};
    stint_status status = split_parts(&j);
    if (status == STINT_OK)
        memcpy(part, j.part, (size_t)p->rows);
    mem_free(j.part);
    return status;
}

static int target_of(const problem *p)
{
    return p->way == BY_CLASS || p->way == BY_GROUP_AND_CLASS ? p->class : p->y;
}

/* --- what every split keeps to ---------------------------------------------------------------- */

static int parts_of(const problem *p)
{
    return p->settings.folds + (p->settings.kind == SPLIT_TIME) + 1; /* the test part too */
}

static double share_of(const problem *p, int part)
{
    int training = parts_of(p) - 1;
    return part == training ? p->settings.test : (1 - p->settings.test) / training;
}

static void assert_fit(const problem *p, const uint8_t *part)
{
    int in[128] = {0};
    for (int64_t i = 0; i < p->rows; i++)
        in[part[i]]++;
    for (int k = 0; k < parts_of(p); k++)
        assert_true(in[k] > 0);
    for (int64_t i = 0; i < p->rows; i++) {
        assert_true(part[i] < parts_of(p));
        assert_true(p->settings.duplicates == SPLIT_ALLOW || !p->checked ||
                    part[i] == part[p->first[i]]);
        for (int64_t k = 0; k < i; k++) {
            if (p->settings.group[0])
                assert_true(p->site[i] != p->site[k] || part[i] == part[k]);
            if (p->settings.kind == SPLIT_TIME)
                assert_true(p->number[i] == p->number[k]
                                ? part[i] == part[k]
                                : (p->number[i] < p->number[k]) == (part[i] < part[k]) ||
                                      part[i] == part[k]);
        }
    }
}

/* Rows dealt one by one: each class and the whole are right to within one row. */
static void assert_dealt(const problem *p, const uint8_t *part)
{
    int folds = p->settings.folds, rows[CLASSES + 1] = {0}, in[CLASSES + 1][16] = {{0}};
    bool together = p->checked && p->settings.duplicates == SPLIT_TOGETHER;
    for (int64_t i = 0; i < p->rows; i++) {
        if (together && p->first[i] != i)
            continue;
        in[CLASSES][part[i]]++;
        in[(int)p->class_of[i]][part[i]]++;
        rows[CLASSES]++;
        rows[(int)p->class_of[i]]++;
    }
    for (int c = p->way == BY_CLASS ? 0 : CLASSES; c <= CLASSES; c++) {
        int least = in[c][0], most = in[c][0];
        for (int k = 0; k < folds; k++) {
            least = in[c][k] < least ? in[c][k] : least;
            most = in[c][k] > most ? in[c][k] : most;
        }
        assert_true(most - least <= 1);
        double tests = rows[c] * p->settings.test;
        if (c < CLASSES &&
            !p->settings.missing_class) /* one test row less, to leave the folds one */
            assert_true(fabs(in[c][folds] - tests) < (rows[c] < 4 * folds ? 2 + tests / 2 : 1.001));
        else if (p->settings.missing_class || p->way != BY_CLASS)
            assert_true(fabs(in[c][folds] - tests) < 1.001);
    }
}

/* --- how even grouped parts are ----------------------------------------------------------------- */

/* Sum over parts and classes of (rows - share of the class's rows)^2 / the class's rows. */
static double unevenness(const problem *p, const uint8_t *part)
{
    double have[16][CLASSES] = {{0}}, all[CLASSES] = {0}, sum = 0;
    for (int64_t i = 0; i < p->rows; i++) {
        int c = p->way == BY_GROUP_AND_CLASS ? (int)p->class_of[i] : 0;
        have[part[i]][c]++;
        all[c]++;
    }
    for (int k = 0; k < parts_of(p); k++)
        for (int c = 0; c < CLASSES; c++)
            if (all[c] > 0)
                sum += pow(have[k][c] - share_of(p, k) * all[c], 2) / all[c];
    return sum;
}

/* What drawing each group's part by the shares comes to on average. */
static double unevenness_of_chance(const problem *p)
{
    double all[CLASSES] = {0}, sum = 0, spread = 0;
    for (int k = 0; k < parts_of(p); k++)
        spread += share_of(p, k) * (1 - share_of(p, k));
    for (int64_t i = 0; i < p->rows; i++)
        all[p->way == BY_GROUP_AND_CLASS ? (int)p->class_of[i] : 0]++;
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t k = 0; k < p->rows; k++)
            if (p->site[i] == p->site[k]) {
                if (p->way != BY_GROUP_AND_CLASS)
                    sum += 1 / all[0];
                else if (p->class_of[i] == p->class_of[k])
                    sum += 1 / all[(int)p->class_of[i]];
            }
    return sum * spread;
}

/* Groups in order of their size and appearance instead of the shuffled order. */
static double unevenness_unshuffled(const problem *p)
{
    uint8_t part[ROWS_MOST], done[ROWS_MOST] = {0};
    double have[16][CLASSES] = {{0}}, all[CLASSES] = {0};
    int filled[16] = {0}, left = p->groups, empty = parts_of(p);
    bool by_class = p->way == BY_GROUP_AND_CLASS;
    for (int64_t i = 0; i < p->rows; i++)
        all[by_class ? (int)p->class_of[i] : 0]++;
    for (; left > 0; left--) {
        int64_t largest = -1;
        int most = 0, best = -1;
        double least = 0;
        for (int64_t i = 0; i < p->rows; i++) {
            int size = 0;
            for (int64_t k = i; !done[i] && k < p->rows; k++)
                size += p->site[k] == p->site[i];
            if (size > most) {
                most = size;
                largest = i;
            }
        }
        for (int k = 0; k < parts_of(p); k++) {
            double surplus = 0;
            for (int64_t i = 0; i < p->rows; i++) {
                int c = by_class ? (int)p->class_of[i] : 0;
                if (p->site[i] == p->site[largest])
                    surplus += have[k][c] / all[c] - share_of(p, k);
            }
            if ((left > empty || !filled[k]) && (best < 0 || surplus < least)) {
                least = surplus;
                best = k;
            }
        }
        empty -= !filled[best];
        filled[best] = 1;
        for (int64_t i = 0; i < p->rows; i++)
            if (p->site[i] == p->site[largest]) {
                done[i] = 1;
                part[i] = (uint8_t)best;
                have[best][by_class ? (int)p->class_of[i] : 0]++;
            }
    }
    return unevenness(p, part);
}

static int largest_group(const problem *p)
{
    int most = 0;
    for (int64_t i = 0; i < p->rows; i++) {
        int size = 0;
        for (int64_t k = 0; k < p->rows; k++)
            size += p->site[k] == p->site[i];
        most = size > most ? size : most;
    }
    return most;
}

/* A part takes a group only while it lacks rows, so it exceeds its share by less than a group. */
static void assert_even(const problem *p, const uint8_t *part)
{
    int in[16] = {0};
    for (int64_t i = 0; i < p->rows; i++)
        in[part[i]]++;
    if (p->way == BY_GROUP)
        for (int k = 0; k < parts_of(p); k++)
            assert_true(in[k] < share_of(p, k) * (double)p->rows + largest_group(p) + 1e-3);
}

/* --- the properties ------------------------------------------------------------------------------- */

typedef struct tally {
    int solved[WAYS], refused[WAYS], moved;
    double shuffled, unshuffled, chance;
} tally;

static void assert_refused(fixture *t, const problem *p, stint_status s)
{
    const char *says = stint_message(t->ctx);
    assert_int_equal(s, STINT_EDATA);
    assert_true(strlen(says) > 30 && strchr(says, ';'));
    if (p->settings.group[0] && p->groups >= parts_of(p))
        assert_null(strstr(says, "empty"));
    stint_clear(t->ctx);
}

/* Other types and scales of the columns, and the same again: the same parts. */
static void assert_same_decisions(fixture *t, problem *p, const uint8_t *part)
{
    uint8_t again[ROWS_MOST];
    split_settings s = p->settings;
    int target = target_of(p);
    double *const numbers[] = {p->number, p->scaled, p->nudged};
    for (int k = 0; k < 3; k++) {
        p->m.blocks[p->y].at = numbers[k];
        assert_int_equal(solve(t, p, &s, target, again), STINT_OK);
        assert_memory_equal(part, again, (size_t)p->rows);
    }
    p->m.blocks[p->y].at = p->number;
    if (target == p->class)
        target = p->class_text;
    if (s.group[0])
        s.group = "site text";
    assert_int_equal(solve(t, p, &s, target, again), STINT_OK);
    assert_memory_equal(part, again, (size_t)p->rows);
}

static void look_at(fixture *t, problem *p, tally *all)
{
    uint8_t part[ROWS_MOST], other[ROWS_MOST];
    split_settings s = p->settings;
    stint_status status = solve(t, p, &s, target_of(p), part);
    if (status != STINT_OK) {
        all->refused[p->way]++;
        assert_refused(t, p, status);
        return;
    }
    all->solved[p->way]++;
    assert_fit(p, part);
    if (p->way == BY_CLASS || p->way == BY_BINS || p->way == BY_LIST)
        assert_dealt(p, part);
    if (s.group[0]) {
        assert_even(p, part);
        all->shuffled += unevenness(p, part);
        all->unshuffled += unevenness_unshuffled(p);
        all->chance += unevenness_of_chance(p);
    }
    assert_same_decisions(t, p, part);
    s.seed += 1000;
    if (p->way <= BY_LIST && solve(t, p, &s, target_of(p), other) == STINT_OK)
        all->moved += memcmp(part, other, (size_t)p->rows) != 0;
    stint_clear(t->ctx);
}

static void ten_thousand_problems(void **state)
{
    fixture *t = *state;
    tally all = {0};
    int dealt = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        problem *p = draw(i);
        look_at(t, p, &all);
        small_end(&p->m);
    }
    for (int w = 0; w < WAYS; w++) {
        print_message("way %d: %d solved, %d refused\n", w, all.solved[w], all.refused[w]);
        assert_true(all.solved[w] > 300 && all.refused[w] > 3 - (w == BY_TIME));
        dealt += w <= BY_LIST ? all.solved[w] : 0;
    }
    print_message("unevenness: %g shuffled, %g unshuffled, %g by chance\n", all.shuffled,
                  all.unshuffled, all.chance);
    assert_true(all.shuffled < 1.02 * all.unshuffled);
    assert_true(all.shuffled < 0.6 * all.chance);
    assert_true(all.moved > dealt * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(ten_thousand_problems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
