/* JSON out and in.  Writing: a small emitter over str that places commas and escapes;
 * objects keep the order they are written in; doubles read back to the same bits, and
 * NaN and infinities become null.  Reading: jansson trees, with line and column in the
 * error and duplicate keys refused. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/str.h"

#include <jansson.h>

typedef struct json_out {
    str *to;
    bool comma; /* the next value needs one before it */
    int indent; /* -1 = one line */
    int depth;
} json_out;

json_out emit_begin(str *to, bool pretty);
void emit_object(json_out *j, const char *key); /* key NULL inside arrays and at the top */
void emit_object_end(json_out *j);
void emit_array(json_out *j, const char *key);
void emit_array_end(json_out *j);
void emit_string(json_out *j, const char *key, const char *value); /* NULL → null */
void emit_str(json_out *j, const char *key, const str *value);     /* its failure is handed on */
void emit_int(json_out *j, const char *key, int64_t value);
void emit_double(json_out *j, const char *key, double value);
void emit_bool(json_out *j, const char *key, bool value);

/* Parse a whole text; `name` is what messages call it.  NULL, with the context failed
 * (STINT_EDATA), when it is not JSON.  The caller owns the reference (json_decref). */
json_t *json_parse(ctx *c, const char *name, const char *text, size_t len);

/* A number field of an object; NaN where it is absent or not a number. */
double json_number_or_nan(const json_t *object, const char *key);

#endif
