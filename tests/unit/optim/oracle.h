/* PyTorch's numbers (tests/oracle/optim.json, made by tools/oracle_optim.py), and tensors of the
 * tests. */
#ifndef UNIT_OPTIM_ORACLE_H
#define UNIT_OPTIM_ORACLE_H

#include "base/json.h"
#include "base/os/os.h"
#include "stint/optim.h"

#include "unit/fixture.h"

static inline json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/optim.json", &text), STINT_OK);
    json_t *all = json_parse(c, "optim.json", text.at, (size_t)text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

/* "settings" of a case; the words are the json's. */
enum { MOST_SETTINGS = 8 };
static inline int oracle_settings(const json_t *one, stint_setting out[MOST_SETTINGS])
{
    int n = 0;
    const char *key;
    json_t *v;
    json_object_foreach(json_object_get(one, "settings"), key, v) out[n++] =
        (stint_setting){key, json_string_value(v)};
    return n;
}

static inline const char *oracle_class(const json_t *one)
{
    return json_string_value(json_object_get(one, "class"));
}

/* A tensor from doubles, of either dtype, and back. */
static inline stint_tensor *tensor_of(ctx *c, stint_dtype d, int axes, const int64_t *shape,
                                      const double *x)
{
    stint_tensor *t = stint_tensor_new(c, STINT_F64, axes, shape, x);
    if (d == STINT_F64)
        return t;
    float narrow[64];
    assert_true(stint_tensor_count(t) <= 64 && d == STINT_F32);
    for (int64_t i = 0; i < stint_tensor_count(t); i++)
        narrow[i] = (float)x[i];
    return stint_tensor_new(c, d, axes, shape, narrow);
}

static inline void tensor_read(stint_tensor *t, double *out)
{
    float narrow[64];
    int64_t n = stint_tensor_count(t);
    if (stint_tensor_dtype(t) == STINT_F64) {
        assert_int_equal(stint_read(t, out, (size_t)n * sizeof *out), STINT_OK);
        return;
    }
    assert_true(n <= 64 && stint_tensor_dtype(t) == STINT_F32);
    assert_int_equal(stint_read(t, narrow, (size_t)n * sizeof *narrow), STINT_OK);
    for (int64_t i = 0; i < n; i++)
        out[i] = narrow[i];
}

static inline void check_values(const char *what, stint_tensor *t, const double *want,
                                double relative)
{
    double got[64];
    tensor_read(t, got);
    for (int64_t i = 0; i < stint_tensor_count(t); i++)
        if (!(fabs(got[i] - want[i]) <= relative * fmax(1, fabs(want[i]))))
            fail_msg("%s: [%d] is %.17g, not %.17g", what, (int)i, got[i], want[i]);
}

#endif
