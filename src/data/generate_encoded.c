#include "data/generate.h"

#include "base/map.h"

#include <math.h>
#include <string.h>

/* Names, and bits that give their two-grams away: what a net that decodes encoded records is to
 * find.
 *
 *     name     4 to 9 letters of a-z; a letter is followed by one of `followers` of its own, the
 *              kth of them in proportion to 1/k
 *     bits     two-gram g of the name sets bits B(g, 1) … B(g, hashes), drawn once; then each bit
 *              is turned over with the chance `noise`
 *
 * So a two-gram is there, up to noise and chance, where all its bits are set. */

enum { LETTERS = 26, GRAMS = LETTERS * LETTERS, LEAST = 4, MOST = 9 };
enum { ID, BIT_STRING, TEXT, COLUMNS };
enum { /* purposes of random numbers */
       WHICH,
       FOLLOWER,
       LENGTH,
       LETTER,
       SETS,
       FLIP
};

typedef struct encoded {
    double rows, seed, bits, hashes, noise, names, followers;
    uint16_t *sets;         /* [GRAMS][hashes] */
    int32_t *code_of;       /* [names] its place in the dictionary */
    uint8_t *follows;       /* [LETTERS][followers] */
    double shares[LETTERS]; /* [followers] ascending: up to and with the kth */
    bits_encoder encoder;
} encoded;

static const param encoded_params[] = {
    GENERATE_PARAM_ROWS(encoded, 50000),
    GENERATE_PARAM_SEED(encoded),
    PARAM_INT(encoded, bits, 1000, 16, BITS_WIDTH_MOST, "bits of a row"),
    PARAM_INT(encoded, hashes, 10, 1, 256, "bits that a two-gram sets"),
    PARAM_F64(encoded, noise, 0.01, 0, 0.5, "chance that a bit is turned over"),
    PARAM_INT(encoded, names, 20000, 1, 65536, "names that rows draw from"),
    PARAM_INT(encoded, followers, 5, 1, LETTERS, "letters that may follow a letter"),
    PARAM_END,
};

/* --- what names are made of ------------------------------------------------------------------ */

/* The first `followers` of a shuffle of the alphabet, each letter by its own. */
static stint_status draw_followers(generated *g, encoded *e)
{
    int n = (int)e->followers;
    double sum = 0;
    e->follows = arena_new(&g->arena, uint8_t, LETTERS * n);
    if (!e->follows)
        return STINT_ENOMEM;
    for (int a = 0; a < LETTERS; a++) {
        uint8_t order[LETTERS];
        for (int i = 0; i < LETTERS; i++)
            order[i] = (uint8_t)i;
        for (int k = 0; k < n; k++) {
            uint64_t other = rng_below(generate_rng(g, FOLLOWER), (uint64_t)(a * LETTERS + k),
                                       (uint64_t)(LETTERS - k));
            uint8_t chosen = order[k + (int)other];
            order[k + (int)other] = order[k];
            e->follows[a * n + k] = chosen;
        }
    }
    for (int k = 0; k < n; k++)
        e->shares[k] = sum += 1.0 / (k + 1);
    for (int k = 0; k < n; k++)
        e->shares[k] /= sum;
    return STINT_OK;
}

static void draw_name(const generated *g, const encoded *e, uint64_t name, char out[MOST + 1])
{
    int n = LEAST + (int)rng_below(generate_rng(g, LENGTH), name, MOST - LEAST + 1);
    int letter = (int)rng_below(generate_rng(g, LETTER), name * MOST, LETTERS);
    for (int i = 0; i < n; i++) {
        out[i] = (char)('a' + letter);
        double u = rng_uniform(generate_rng(g, LETTER), name * MOST + (uint64_t)i + 1);
        int k = 0;
        while (k + 1 < (int)e->followers && u >= e->shares[k])
            k++;
        letter = e->follows[letter * (int)e->followers + k];
    }
    out[n] = '\0';
}

/* A name that was drawn twice stands once in the dictionary. */
static stint_status draw_names(generated *g, encoded *e)
{
    int64_t n = (int64_t)e->names;
    const char **words = arena_new(&g->arena, const char *, n);
    map known;
    e->code_of = arena_new(&g->arena, int32_t, n);
    map_init(&known, g->ctx, TAG_TABLE);
    for (int64_t i = 0; words && e->code_of && i < n; i++) {
        char name[MOST + 1];
        draw_name(g, e, (uint64_t)i, name);
        int64_t before = known.n;
        const map_entry *entry = map_add(&known, name, (int64_t)strlen(name), before);
        if (!entry || (known.n > before && !(words[before] = arena_strdup(&g->arena, name))))
            break;
        e->code_of[i] = (int32_t)entry->value;
    }
    g->columns[TEXT].kind = COLUMN_TEXT;
    g->columns[TEXT].dictionary = words;
    g->columns[TEXT].dictionary_n = known.n;
    map_deinit(&known);
    return ctx_status(g->ctx);
}

static stint_status draw_sets(generated *g, encoded *e)
{
    int64_t n = GRAMS * (int64_t)e->hashes;
    e->sets = arena_new(&g->arena, uint16_t, n);
    for (int64_t i = 0; e->sets && i < n; i++)
        e->sets[i] = (uint16_t)rng_below(generate_rng(g, SETS), (uint64_t)i, (uint64_t)e->bits);
    return e->sets ? STINT_OK : STINT_ENOMEM;
}

static stint_status encoded_begin(generated *g)
{
    static const char *const names[COLUMNS] = {"id", "bits", "text"};
    encoded *e = g->self;
    TRY(generate_columns(g, COLUMNS));
    for (int j = 0; j < COLUMNS; j++)
        g->columns[j].name = names[j];
    e->encoder = (bits_encoder){.kind = BITS_STRING, .width = (int64_t)e->bits};
    g->columns[BIT_STRING].kind = COLUMN_BITS;
    g->columns[BIT_STRING].encoder = &e->encoder;
    TRY(draw_followers(g, e));
    TRY(draw_names(g, e));
    return draw_sets(g, e);
}

/* --- the rows ---------------------------------------------------------------------------------- */

static int64_t name_of(const generated *g, const encoded *e, uint64_t row)
{
    return e->code_of[rng_below(generate_rng(g, WHICH), row, (uint64_t)e->names)];
}

static void encoded_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    const encoded *e = g->self;
    for (int64_t i = 0; i < n; i++) {
        out[ID * stride + i] = (double)(from + i + 1);
        out[BIT_STRING * stride + i] = (double)(from + i);
        out[TEXT * stride + i] = (double)name_of(g, e, (uint64_t)(from + i));
    }
}

/* From one bit that is turned over to the next is a geometric distance. */
static void turn_over(const generated *g, const encoded *e, uint64_t row, uint8_t *out)
{
    double per_bit = log1p(-e->noise);
    uint64_t draw = row * ((uint64_t)e->bits + 1);
    for (double at = -1; e->noise > 0;) {
        at += 1 + floor(log1p(-rng_uniform(generate_rng(g, FLIP), draw++)) / per_bit);
        if (at >= e->bits)
            return;
        out[(int64_t)at / 8] ^= (uint8_t)(0x80 >> (int64_t)at % 8);
    }
}

static void encoded_bits(const generated *g, int column, int64_t row, uint8_t *out)
{
    const encoded *e = g->self;
    int64_t hashes = (int64_t)e->hashes;
    const char *text = g->columns[TEXT].dictionary[name_of(g, e, (uint64_t)row)];
    (void)column;
    memset(out, 0, (size_t)(e->encoder.width + 7) / 8);
    for (; text[1]; text++) {
        int64_t gram = (text[0] - 'a') * LETTERS + (text[1] - 'a');
        for (int64_t h = 0; h < hashes; h++) {
            int64_t bit = e->sets[gram * hashes + h];
            out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
    }
    turn_over(g, e, (uint64_t)row, out);
}

static void encoded_describe(const generated *g, json_out *j)
{
    const encoded *e = g->self;
    char text[3] = "";
    int n = (int)e->followers;
    emit_string(j, "id", "id");
    emit_string(j, "target", "text");
    emit_string(j, "bits",
                "each two-gram of text sets bits of its own; then noise turns some over");
    emit_object(j, "followers");
    for (int a = 0; a < LETTERS; a++) {
        char all[LETTERS + 1] = "";
        text[0] = (char)('a' + a);
        for (int k = 0; k < n; k++)
            all[k] = (char)('a' + e->follows[a * n + k]);
        emit_string(j, text, all);
    }
    emit_object_end(j);
}

const generator_class generator_encoded = {
    .name = "encoded",
    .summary = "names, and bit strings that give their two-grams away",
    .about =
        "  Columns id, bits (a text of 0 and 1) and text (a name of 4 to 9 letters).  Each pair of\n"
        "  letters sets bits of its own; the pairs are to be found from the bits:\n"
        "  data: {target: text, task: labels, bits: [bits], grams: {columns: [text]}}.\n",
    .bytes = sizeof(encoded),
    .params = encoded_params,
    .begin = encoded_begin,
    .fill = encoded_fill,
    .bits = encoded_bits,
    .describe = encoded_describe,
};
