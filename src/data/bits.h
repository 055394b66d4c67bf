/* Text as rows of packed bits: bit strings as they are, names as keyed Bloom filters, texts as
 * two-gram multi-hot labels.  Made once, while a source is read, in one pass over its cells; a
 * column of kind COLUMN_BITS holds the result, `width` bits in (width+7)/8 bytes a row, most
 * significant first, the bits after the last 0.
 *
 *     bits    "0110…" of '0' and '1', every cell of one length
 *     bloom   Schnell, Bachteler, Reiher 2009: each two-gram of the padded, case-folded text sets
 *             `hashes` of `width` bits, bit i at (h1 + i h2) mod width, h1 and h2 from
 *             HMAC-SHA-256(key, gram)
 *     grams   bit g where the text has two-gram g of the vocabulary: all pairs of `alphabet`, in
 *             its order (a-z: 676) */
#ifndef DATA_BITS_H
#define DATA_BITS_H

#include "base/arena.h"
#include "base/json.h"

typedef enum bits_kind { BITS_STRING, BITS_BLOOM, BITS_GRAMS } bits_kind;

typedef struct bits_encoder {
    const char *column; /* a pattern */
    bits_kind kind;
    int64_t width;        /* bloom: 1024 */
    int64_t hashes;       /* bloom: 10 */
    const char *key;      /* bloom: the secret, as text; NULL = only its digest is known */
    const char *digest;   /* bloom: what may be kept of the key (bits_digest); NULL = none yet */
    const char *alphabet; /* grams: "abcdefghijklmnopqrstuvwxyz" */
    bool strict;          /* grams: characters outside the alphabet are an error, else skipped */
    bool optional;        /* a source may lack the column: targets of new data */
} bits_encoder;

/* Where a key is looked for that was not given. */
#define BITS_KEY_VARIABLE "STINT_BLOOM_KEY"

#define BITS_WIDTH_MOST    65536
#define BITS_HASHES_MOST   1024
#define BITS_ALPHABET_MOST 256 /* characters */
#define BITS_DIGEST_SIZE   33

/* Is it one that could encode, its key apart?  why says what is wrong. */
bool bits_check(const bits_encoder *e, char *why, size_t size);

/* What tells a key from another without giving it away: slow to compute (PBKDF2), so that keys
 * cannot be tried in bulk. */
stint_status bits_digest(ctx *c, const char *key, char out[BITS_DIGEST_SIZE]);

/* An encoder as a JSON object, "key" being the digest: in requests, column files, saved models.
 * A width of 0 (a bit string's, before one was seen) is left out.  Taken texts are in `a`;
 * `column` may be absent.  false = it is none. */
void bits_emit(json_out *j, const char *name, const bits_encoder *e);
void bits_emit_secret(json_out *j, const bits_encoder *e); /* with "secret", for a child alone */
bool bits_take(arena *a, const json_t *saved, bits_encoder *out);

const char *bits_kind_name(bits_kind k); /* "bits" "bloom" "grams" */

/* The key of the environment to those of n encoders that have none: one that is not theirs is
 * STINT_EUSAGE.  `whose` names the maker: "the model's data".  Without a key they stay as they
 * are. */
stint_status bits_find_key(ctx *c, arena *a, const char *whose, bits_encoder *list, int n);

/* Do both encode a cell in the same way? */
bool bits_same(const bits_encoder *a, const bits_encoder *b);

/* Prepared tables of an encoder (HMACs of grams met so far, the alphabet by code). */
typedef struct bits_work bits_work;
stint_status bits_open(ctx *c, const bits_encoder *e, bits_work **out);
void bits_close(bits_work *w); /* takes NULL */
int64_t bits_width(const bits_encoder *e, const char *text,
                   int64_t len); /* of a bit string: its length */

/* One cell into out [(width+7)/8]; why: what is wrong with it, "character 5 is 'x', not 0 or 1". */
bool bits_encode(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                 char *why, size_t size);

/* The name of bit i: "3", "bloom 3", "ab". */
void bits_name(const bits_encoder *e, int64_t i, char *out, size_t size);

/* A row as its '0' and '1', out [width + 1] with a NUL. */
void bits_text(const uint8_t *row, int64_t width, char *out);

/* Packed bits as numbers: n rows, `bytes` apart, to out [n][width], f32 or f64 with strides. */
void bits_unpack_f32(const uint8_t *at, int64_t bytes, int64_t n, int64_t width, float *out,
                     int64_t row_stride);
void bits_unpack_f64(const uint8_t *at, int64_t bytes, int64_t n, int64_t width, double *out,
                     int64_t column_stride, int64_t row_stride);

/* Bits from … to-1 of rows `rows[i]` to out[(bit - from) * column_stride + i * row_stride]. */
void bits_gather_f64(const uint8_t *at, int64_t bytes, const int32_t *rows, int64_t n, int64_t from,
                     int64_t to, double *out, int64_t column_stride, int64_t row_stride);

#endif
