#include "data/generate.h"

#include <math.h>

/* Customers of a made-up shop: columns of every kind, defects by the share, and two targets
 * that follow the columns by known coefficients.
 *
 *     amount  = 100 + region's + 1.5 (age - 50) + 20 ln(income / 30000) + 15 member
 *               + 4 (ones among the first 8 bits) + noise e
 *     z       = 3 (score - 1/2) + plan's + 0.4 member + segment_noise l
 *     segment = bronze below -0.5, silver below 0.8, else gold
 *
 * with e standard normal and l standard logistic.  Both follow the values before any are taken
 * out or multiplied.  A duplicate is the whole row of one of the 1000 before it, by the same
 * function of that row's number. */

enum { BITS = 64, COUNTED_BITS = 8, BACK_MOST = 1000 };
enum { /* columns */
       ID,
       DATE,
       REGION,
       PLAN,
       NAME,
       AGE,
       INCOME,
       VISITS,
       SCORE,
       MEMBER,
       BIT_STRING,
       AMOUNT,
       SEGMENT,
       COLUMNS
};
enum { /* purposes of random numbers besides the columns themselves */
       DUPLICATE = 1 << 8,
       BACK,
       OUTLIER,
       PATTERN,
       MISSING = 1 << 9
};

typedef struct records {
    double rows, seed, missing, duplicates, outliers, patterns, noise, segment_noise;
    int *ones; /* [patterns] ones among the counted bits */
} records;

static const param records_params[] = {
    GENERATE_PARAM_ROWS(records, 1000),
    GENERATE_PARAM_SEED(records),
    PARAM_F64(records, missing, 0.02, 0, 1, "share of empty cells in the feature columns"),
    PARAM_F64(records, duplicates, 0.01, 0, 0.9, "share of rows that repeat an earlier one"),
    PARAM_F64(records, outliers, 0.005, 0, 1, "share of rows whose income is 100 times too large"),
    PARAM_INT(records, patterns, 4096, 1, 65536, "different bit strings"),
    PARAM_F64(records, noise, 10, 0, 1e6, "deviation of the noise on amount"),
    PARAM_F64(records, segment_noise, 0.3, 0, 1e6, "scale of the logistic noise behind segment"),
    PARAM_END,
};

/* --- words ------------------------------------------------------------------------------- */

typedef struct level {
    const char *word;
    double effect;
} level;

static const level regions[] = {{"north", -12}, {"south", 8},   {"east", 0},
                                {"west", 20},   {"centre", -5}, {"islands", 35}};
static const level plans[] = {{"free", -1}, {"basic", -0.3}, {"plus", 0.3}, {"team", 1}};
static const char *const segments[] = {"bronze", "silver", "gold"};
static const double segment_above[] = {-0.5, 0.8};

/* Quotes, commas, spaces and letters beyond ASCII are there to be read right. */
static const char *const first_names[] = {
    "Ada",   "Bruno", "Chloé",  "Dmitri", "Elif", "Farid", "Grace", "Hana",
    "Iñigo", "Jonas", "Katrin", "Liam",   "Mei",  "Nadia", "Omar",  "Priya",
};
static const char *const last_names[] = {
    "Abe",     "Brandt",    "Costa",    "Dupont", "Eriksson", "Fischer",     "García",
    "Hughes",  "Ivanova",   "Jensen",   "Kim",    "Lefèvre",  "Müller",      "Nakamura",
    "O'Neill", "Park, Jr.", "\"Q\" Qu", "Rossi",  "Smith",    "van der Berg"};

enum {
    REGIONS = sizeof regions / sizeof *regions,
    PLANS = sizeof plans / sizeof *plans,
    SEGMENTS = sizeof segments / sizeof *segments,
    FIRST_NAMES = sizeof first_names / sizeof *first_names,
    LAST_NAMES = sizeof last_names / sizeof *last_names,
    NAMES = FIRST_NAMES * LAST_NAMES,
    FIRST_YEAR = 2020,
    DAYS = 1827, /* five years, two of them leap years */
};

/* A dictionary of n texts, to be filled in. */
static const char **dictionary(generated *g, int column, int64_t n)
{
    const char **words = arena_new(&g->arena, const char *, n);
    g->columns[column].kind = COLUMN_TEXT;
    g->columns[column].dictionary = words;
    g->columns[column].dictionary_n = n;
    return words;
}

static stint_status level_words(generated *g, int column, const level *levels, int n)
{
    const char **words = dictionary(g, column, n);
    for (int i = 0; words && i < n; i++)
        words[i] = levels[i].word;
    return ctx_status(g->ctx);
}

static stint_status date_words(generated *g)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char **words = dictionary(g, DATE, DAYS);
    int year = FIRST_YEAR, month = 0, day = 1;
    for (int i = 0; words && i < DAYS; i++) {
        words[i] = arena_printf(&g->arena, "%04d-%02d-%02d", year, month + 1, day);
        if (day++ < month_days[month] + (month == 1 && year % 4 == 0))
            continue;
        day = 1;
        month = (month + 1) % 12;
        year += month == 0;
    }
    return ctx_status(g->ctx);
}

static stint_status name_words(generated *g)
{
    const char **words = dictionary(g, NAME, NAMES);
    for (int i = 0; words && i < NAMES; i++)
        words[i] = arena_printf(&g->arena, "%s %s", first_names[i / LAST_NAMES],
                                last_names[i % LAST_NAMES]);
    return ctx_status(g->ctx);
}

static stint_status bit_words(generated *g, records *r)
{
    int n = (int)r->patterns;
    const char **words = dictionary(g, BIT_STRING, n);
    r->ones = arena_new(&g->arena, int, n);
    for (int i = 0; words && r->ones && i < n; i++) {
        uint64_t bits = rng_u64(generate_rng(g, PATTERN), (uint64_t)i);
        char text[BITS + 1] = "";
        for (int k = 0; k < BITS; k++)
            text[k] = bits >> k & 1 ? '1' : '0';
        words[i] = arena_strdup(&g->arena, text);
        for (int k = 0; k < COUNTED_BITS; k++)
            r->ones[i] += text[k] == '1';
    }
    return ctx_status(g->ctx);
}

static stint_status records_begin(generated *g)
{
    static const char *const names[COLUMNS] = {
        "id",     "date",  "region", "plan", "name",   "age",     "income",
        "visits", "score", "member", "bits", "amount", "segment",
    };
    TRY(generate_columns(g, COLUMNS));
    for (int j = 0; j < COLUMNS; j++)
        g->columns[j].name = names[j];
    g->columns[MEMBER].kind = COLUMN_BOOL;
    g->columns[SEGMENT].kind = COLUMN_TEXT;
    g->columns[SEGMENT].dictionary = segments;
    g->columns[SEGMENT].dictionary_n = SEGMENTS;
    TRY(level_words(g, REGION, regions, REGIONS));
    TRY(level_words(g, PLAN, plans, PLANS));
    TRY(date_words(g));
    TRY(name_words(g));
    return bit_words(g, g->self);
}

/* --- the rows -------------------------------------------------------------------------------- */

static double uniform(const generated *g, uint64_t purpose, uint64_t row)
{
    return rng_uniform(generate_rng(g, purpose), row);
}

static double normal(const generated *g, uint64_t purpose, uint64_t row)
{
    return rng_normal(generate_rng(g, purpose), row);
}

static double below(const generated *g, uint64_t purpose, uint64_t row, double n)
{
    return (double)rng_below(generate_rng(g, purpose), row, (uint64_t)n);
}

static double rounded(double x, double unit)
{
    return round(x * unit) / unit;
}

/* The number of the row whose content this one has: its own, or through duplicates an earlier
 * one's.  Each step goes back, and stops with at least the chance of 1 in 10. */
static uint64_t original(const generated *g, const records *r, uint64_t row)
{
    while (row > 0 && uniform(g, DUPLICATE, row) < r->duplicates) {
        uint64_t most = row < BACK_MOST ? row : BACK_MOST;
        row -= 1 + rng_below(generate_rng(g, BACK), row, most);
    }
    return row;
}

static void draw_features(const generated *g, const records *r, uint64_t row, double *x)
{
    x[ID] = (double)row + 1;
    x[DATE] = below(g, DATE, row, DAYS);
    x[REGION] = below(g, REGION, row, REGIONS);
    x[PLAN] = below(g, PLAN, row, PLANS);
    x[NAME] = below(g, NAME, row, NAMES);
    x[AGE] = 18 + below(g, AGE, row, 73);
    x[INCOME] = rounded(30000 * exp(0.6 * normal(g, INCOME, row)), 100);
    x[VISITS] = floor(-4 * log(1 - uniform(g, VISITS, row)));
    x[SCORE] = rounded(uniform(g, SCORE, row), 10000);
    x[MEMBER] = uniform(g, MEMBER, row) < 0.4;
    x[BIT_STRING] = below(g, BIT_STRING, row, r->patterns);
}

static void draw_targets(const generated *g, const records *r, uint64_t row, double *x)
{
    double u = uniform(g, SEGMENT, row), logistic = log((u + 0x1p-54) / (1 - u));
    double z = 3 * (x[SCORE] - 0.5) + plans[(int)x[PLAN]].effect + 0.4 * x[MEMBER] +
               r->segment_noise * logistic;
    x[SEGMENT] = (z >= segment_above[0]) + (z >= segment_above[1]);
    x[AMOUNT] = rounded(100 + regions[(int)x[REGION]].effect + 1.5 * (x[AGE] - 50) +
                            20 * log(x[INCOME] / 30000) + 15 * x[MEMBER] +
                            4 * r->ones[(int64_t)x[BIT_STRING]] + r->noise * normal(g, AMOUNT, row),
                        100);
}

static void spoil(const generated *g, const records *r, uint64_t row, double *x)
{
    if (uniform(g, OUTLIER, row) < r->outliers)
        x[INCOME] *= 100;
    for (int j = DATE; j <= BIT_STRING; j++)
        if (uniform(g, MISSING + (uint64_t)j, row) < r->missing)
            x[j] = NAN;
}

static void records_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    const records *r = g->self;
    double x[COLUMNS];
    for (int64_t i = 0; i < n; i++) {
        uint64_t row = original(g, r, (uint64_t)(from + i));
        draw_features(g, r, row, x);
        draw_targets(g, r, row, x);
        spoil(g, r, row, x);
        for (int j = 0; j < COLUMNS; j++)
            out[j * stride + i] = x[j];
    }
}

/* --- the known structure --------------------------------------------------------------------- */

static void describe_levels(json_out *j, const char *key, const level *levels, int n)
{
    emit_object(j, key);
    for (int i = 0; i < n; i++)
        emit_double(j, levels[i].word, levels[i].effect);
    emit_object_end(j);
}

static void records_describe(const generated *g, json_out *j)
{
    (void)g;
    static const char *const without[] = {"date", "name", "visits"};
    emit_string(j, "id", "id");
    emit_array(j, "targets");
    emit_string(j, NULL, "amount");
    emit_string(j, NULL, "segment");
    emit_array_end(j);
    emit_string(j, "amount",
                "100 + region + 1.5 * (age - 50) + 20 * ln(income / 30000) + 15 * member + 4 * "
                "(ones among the first 8 bits) + noise * e");
    describe_levels(j, "amount_region", regions, REGIONS);
    emit_string(j, "segment",
                "z = 3 * (score - 0.5) + plan + 0.4 * member + segment_noise * logistic; bronze "
                "below -0.5, silver below 0.8, else gold");
    describe_levels(j, "segment_plan", plans, PLANS);
    emit_array(j, "noise");
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        emit_string(j, NULL, without[i]);
    emit_array_end(j);
    emit_string(j, "missing", "any cell from date to bits; targets follow the value left out");
    emit_string(j, "outliers", "income times 100; amount follows the income before");
    emit_string(j, "duplicates", "whole rows, id too, of one of the 1000 rows before");
}

const generator_class generator_records = {
    .name = "records",
    .summary = "columns of every kind, with missing cells, duplicates and outliers",
    .about =
        "  Columns id, date (2020-01-01 to 2024-12-31), region, plan, name, age, income, visits,\n"
        "  score, member (true or false), bits (64 characters 0 or 1), and the targets amount\n"
        "  (a number) and segment (bronze, silver or gold).\n",
    .bytes = sizeof(records),
    .params = records_params,
    .begin = records_begin,
    .fill = records_fill,
    .describe = records_describe,
};
