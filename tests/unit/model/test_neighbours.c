/* k-nearest neighbours, saved and loaded, predict what scikit-learn does (tests/oracle/
 * neighbours.json, made by tools/oracle_neighbours.py); a damaged model is refused. */
#include "model/rows.h"
#include "model/tensors.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *const dir = "unit.neighbours";

static json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/neighbours.json", &text),
                     STINT_OK);
    json_t *all = json_parse(c, "neighbours.json", text.at, text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

/* A list of lists, by rows of `width`. */
static double *matrix(const json_t *rows, int64_t *n, int64_t *width)
{
    *n = (int64_t)json_array_size(rows);
    *width = (int64_t)json_array_size(json_array_get(rows, 0));
    double *x = calloc((size_t)(*n * *width), sizeof *x);
    for (int64_t i = 0; i < *n; i++)
        for (int64_t j = 0; j < *width; j++)
            x[i * *width + j] =
                json_number_value(json_array_get(json_array_get(rows, (size_t)i), (size_t)j));
    return x;
}

typedef struct problem {
    json_t *model; /* model.json, but for the parameters */
    double *x, *y, *q;
    int64_t n, features, outputs, queries;
} problem;

static problem problem_read(const json_t *from)
{
    problem p;
    int64_t n;
    p.x = matrix(json_object_get(from, "x"), &p.n, &p.features);
    p.y = matrix(json_object_get(from, "y"), &n, &p.outputs);
    p.q = matrix(json_object_get(from, "q"), &p.queries, &p.features);
    p.model =
        json_pack("{s:O, s:I, s:I, s:[], s:[]}", "task", json_object_get(from, "task"), "n_train",
                  (json_int_t)p.n, "n_features", (json_int_t)p.features, "targets", "classes");
    assert_non_null(p.model);
    for (int64_t i = 0; i < p.outputs; i++)
        json_array_append_new(json_object_get(p.model, "targets"), json_string("y"));
    for (int64_t i = 0; i < json_integer_value(json_object_get(from, "classes")); i++)
        json_array_append_new(json_object_get(p.model, "classes"), json_string("c"));
    return p;
}

static void problem_drop(problem *p)
{
    json_decref(p->model);
    free(p->x), free(p->y), free(p->q);
}

static void problem_write(ctx *c, const problem *p)
{
    char path[256];
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    assert_int_equal(tensors_write(c, path,
                                   (tensor_f64[]){
                                       {"x", {p->n, p->features}, 2, p->x},
                                       {"y", {p->n, p->outputs}, 2, p->y},
                                   },
                                   2),
                     STINT_OK);
}

static void params_set(const problem *p, const char *metric, const char *weights, int k)
{
    json_object_set_new(
        p->model, "params",
        json_pack("{s:i, s:s, s:s}", "n_neighbors", k, "weights", weights, "metric", metric));
}

static void check_answer(ctx *c, const char *name, const problem *p, const json_t *answer)
{
    const char *metric = json_string_value(json_object_get(answer, "metric"));
    const char *weights = json_string_value(json_object_get(answer, "weights"));
    int k = (int)json_integer_value(json_object_get(answer, "n_neighbors"));
    int64_t predictions, n;
    double *want = matrix(json_object_get(answer, "prediction"), &predictions, &n);
    double *x = calloc((size_t)(p->features * ROWS_BLOCK), sizeof *x);
    double *got = calloc((size_t)(predictions * ROWS_BLOCK), sizeof *got);
    for (int64_t i = 0; i < p->queries; i++)
        for (int64_t j = 0; j < p->features; j++)
            x[j * ROWS_BLOCK + i] = p->q[i * p->features + j];
    void *model;
    params_set(p, metric, weights, k);
    assert_int_equal(model_neighbours.load(c, dir, p->model, &model), STINT_OK);
    model_neighbours.predict(model, &(rows_block){.n = p->queries, .x = x}, got);
    model_neighbours.unload(model);
    for (int64_t j = 0; j < predictions; j++)
        for (int64_t i = 0; i < n; i++)
            if (!(fabs(got[j * ROWS_BLOCK + i] - want[j * n + i]) <= 1e-9))
                fail_msg("%s, %s, %s, %d neighbours: row %d is %.17g, not %.17g", name, metric,
                         weights, k, (int)i, got[j * ROWS_BLOCK + i], want[j * n + i]);
    free(want), free(x), free(got);
}

static void predictions_are_scikit_learns(void **state)
{
    ctx *c = *state;
    json_t *all = oracle_read(c), *one, *answer;
    const char *name;
    size_t i;
    json_object_foreach(json_object_get(all, "cases"), name, one)
    {
        problem p = problem_read(one);
        problem_write(c, &p);
        json_array_foreach(json_object_get(one, "answers"), i, answer)
            check_answer(c, name, &p, answer);
        problem_drop(&p);
    }
    json_decref(all);
}

static void refused(ctx *c, const problem *p, const char *message)
{
    void *model = NULL;
    assert_int_equal(model_neighbours.load(c, dir, p->model, &model), STINT_EDATA);
    if (!strstr(stint_message(c), message))
        fail_msg("\"%s\" is not in \"%s\"", message, stint_message(c));
    stint_clear(c);
}

static void models_that_do_not_fit_are_refused(void **state)
{
    ctx *c = *state;
    json_t *all = oracle_read(c);
    problem p = problem_read(json_object_get(json_object_get(all, "cases"), "classes"));
    problem_write(c, &p);
    params_set(&p, "euclidean", "uniform", (int)p.n + 1);
    refused(c, &p, "do not fit");
    params_set(&p, "chebyshev", "uniform", 1);
    refused(c, &p, "params");
    params_set(&p, "cosine", "triangular", 1);
    refused(c, &p, "params");
    params_set(&p, "cosine", "distance", 0);
    refused(c, &p, "params");
    params_set(&p, "cosine", "distance", 1);
    json_object_set_new(p.model, "n_train", json_integer(p.n - 1));
    refused(c, &p, "do not fit");
    json_object_set_new(p.model, "n_train", json_integer(p.n));
    static const double wrong[] = {-1, 3, 0.5, 1e300, NAN};
    for (int i = 0; i < 5; i++) {
        p.y[7] = wrong[i];
        problem_write(c, &p);
        refused(c, &p, "class that is not");
    }
    p.y[7] = 2;
    problem_write(c, &p);
    void *model;
    assert_int_equal(model_neighbours.load(c, dir, p.model, &model), STINT_OK);
    model_neighbours.unload(model);
    problem_drop(&p);
    json_decref(all);
}

static int context_open(void **state)
{
    *state = stint_open(NULL);
    return *state && dir_make(*state, dir) == STINT_OK ? 0 : -1;
}

static int context_close(void **state)
{
    int64_t left = mem_live_blocks(ctx_budget(*state), NULL, 0, 0);
    stint_status s = dir_remove(*state, dir);
    stint_close(*state);
    return left != 0 || s != STINT_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_scikit_learns),
        cmocka_unit_test(models_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, context_open, context_close);
}
