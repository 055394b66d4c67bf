/* PyTorch's numbers (tests/oracle/nn.json, made by tools/oracle_nn.py), and tensors of them. */
#ifndef UNIT_NN_ORACLE_H
#define UNIT_NN_ORACLE_H

#include "base/json.h"
#include "base/os/os.h"
#include "stint/nn.h"

#include "unit/fixture.h"

static inline json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/nn.json", &text), STINT_OK);
    json_t *all = json_parse(c, "nn.json", text.at, text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static inline int oracle_shape(const json_t *from, int64_t *shape)
{
    int n = (int)json_array_size(from);
    for (int a = 0; a < n; a++)
        shape[a] = json_integer_value(json_array_get(from, (size_t)a));
    return n;
}

enum { ORACLE_MOST = 512 };

static inline int64_t oracle_floats(const json_t *from, float out[ORACLE_MOST])
{
    int64_t n = (int64_t)json_array_size(from);
    assert_true(n <= ORACLE_MOST);
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)json_number_value(json_array_get(from, (size_t)i));
    return n;
}

/* f32, or i32 of whole numbers */
static inline stint_tensor *oracle_tensor(ctx *c, stint_dtype d, int axes, const int64_t *shape,
                                          const json_t *from)
{
    float x[ORACLE_MOST];
    int32_t whole[ORACLE_MOST];
    int64_t n = oracle_floats(from, x);
    for (int64_t i = 0; i < n; i++)
        whole[i] = (int32_t)x[i];
    return stint_tensor_new(c, d, axes, shape, d == STINT_I32 ? (const void *)whole : x);
}

/* Errors count against the largest of the numbers, signs included. */
static inline void oracle_check(const char *what, const char *part, stint_tensor *t,
                                const json_t *from, double relative)
{
    float got[ORACLE_MOST];
    double most = 1e-3;
    int64_t n = (int64_t)json_array_size(from);
    if (!t || stint_tensor_count(t) != n)
        fail_msg("%s: %s: %d numbers, not %d", what, part, (int)stint_tensor_count(t), (int)n);
    assert_int_equal(stint_read(t, got, (size_t)n * sizeof *got), STINT_OK);
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(json_number_value(json_array_get(from, (size_t)i))));
    for (int64_t i = 0; i < n; i++) {
        double want = json_number_value(json_array_get(from, (size_t)i));
        if (!(fabs(got[i] - want) <= relative * most))
            fail_msg("%s: %s[%d] is %.9g, not %.9g", what, part, (int)i, (double)got[i], want);
    }
}

#endif
