#include "base/map.h"
#include "data/features_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The categories of a column that is one-hot encoded: those of the whole table, since features
 * are the same in every training set. */

#define NUMBERS_COUNTED 65536

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* --- text --------------------------------------------------------------------------------- */

stint_status feature_codes(arena *a, const colfile *file, feature_term *t)
{
    const colfile_column *column = &file->columns[t->column];
    int32_t *codes = arena_new(a, int32_t, column->dictionary_n + 1);
    if (!codes)
        return STINT_ENOMEM;
    for (int64_t code = 0; code < column->dictionary_n; code++) {
        const char *text = column->dictionary[code];
        const char *const *found =
            t->n ? bsearch(&text, t->texts, (size_t)t->n, sizeof *t->texts, by_text) : NULL;
        codes[code] = found ? (int32_t)(found - t->texts) : -1;
    }
    t->category_of = codes;
    return STINT_OK;
}

static stint_status text_categories(arena *a, const colfile *file, feature_term *t)
{
    const colfile_column *column = &file->columns[t->column];
    const char **texts = arena_new(a, const char *, column->dictionary_n + 1);
    if (!texts)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < column->dictionary_n; i++)
        texts[i] = column->dictionary[i];
    qsort(texts, (size_t)column->dictionary_n, sizeof *texts, by_text);
    t->texts = texts;
    t->n = (int)column->dictionary_n;
    return feature_codes(a, file, t);
}

/* --- numbers -------------------------------------------------------------------------------- */

static stint_status numbers_add(map *seen, const double *x, int64_t n)
{
    for (int64_t i = 0; i < n && seen->n <= NUMBERS_COUNTED; i++) {
        double number = x[i] == 0 ? 0 : x[i]; /* -0 is 0 */
        if (isfinite(number) && !map_add(seen, (const char *)&number, sizeof number, 0))
            return STINT_ENOMEM;
    }
    return STINT_OK;
}

static stint_status numbers_see(ctx *c, const colfile *file, int column, map *seen)
{
    double *x = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    stint_status s = x ? STINT_OK : STINT_ENOMEM;
    for (int64_t k = 0; s == STINT_OK && k < file->chunks && seen->n <= NUMBERS_COUNTED; k++) {
        int64_t n = colfile_chunk_rows(file, k);
        colfile_read(file, column, k, 0, n, x, 1);
        s = numbers_add(seen, x, n);
    }
    mem_free(x);
    return s;
}

static stint_status numbers_take(ctx *c, arena *a, const colfile *file, const map *seen,
                                 feature_term *t)
{
    bool counted = seen->n <= NUMBERS_COUNTED;
    if (seen->n > FEATURES_NUMBERS_MOST)
        return fail(
            c, STINT_EDATA,
            "features.onehot: column \"%s\" has %s%lld different numbers, and one feature for "
            "each is made of at most %d; bin it by features.bins, or leave it a number",
            file->columns[t->column].name, counted ? "" : "more than ",
            (long long)(counted ? seen->n : NUMBERS_COUNTED), FEATURES_NUMBERS_MOST);
    double *numbers = arena_new(a, double, seen->n + 1);
    if (!numbers)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < seen->n; i++)
        memcpy(&numbers[i], seen->entries[i].key, sizeof *numbers);
    qsort(numbers, (size_t)seen->n, sizeof *numbers, by_number);
    t->numbers = numbers;
    t->n = (int)seen->n;
    return STINT_OK;
}

static stint_status number_categories(ctx *c, arena *a, const colfile *file, feature_term *t)
{
    map seen;
    map_init(&seen, c, TAG_TABLE);
    stint_status s = numbers_see(c, file, t->column, &seen);
    if (s == STINT_OK)
        s = numbers_take(c, a, file, &seen, t);
    map_deinit(&seen);
    return s;
}

stint_status feature_categories(ctx *c, arena *a, const colfile *file, feature_term *t)
{
    static const double truths[] = {0, 1};
    const colfile_column *column = &file->columns[t->column];
    switch (column->kind) {
    case COLUMN_TEXT: return text_categories(a, file, t);
    case COLUMN_NUMBER: return number_categories(c, a, file, t);
    case COLUMN_BOOL:
        t->numbers = truths;
        t->truth = true;
        t->n = 2;
        return STINT_OK;
    case COLUMN_BITS:
        return fail(c, STINT_EDATA,
                    "features.onehot: column \"%s\" holds bits, which are features as they are: "
                    "take it off the list",
                    column->name);
    case COLUMN_HASH: break;
    }
    return fail(c, STINT_EDATA,
                "features.onehot: column \"%s\" has too many different texts for one feature each; "
                "list it under features.drop",
                column->name);
}
