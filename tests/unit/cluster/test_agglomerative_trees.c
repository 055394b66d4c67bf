/* Trees are what the definition says, ties and equal rows included; cuts; the picture's lines. */
#include "cluster/dendrogram.h"
#include "unit/cluster/agglomerative_problem.h"

enum { ROWS_MOST = 64 };

static const char *const linkages[] = {"ward", "complete", "average", "single"};

/* --- by definition ------------------------------------------------------------------------- */

typedef struct members {
    int64_t row[ROWS_MOST], n;
} members;

static double distance(const double *x, int64_t d, int64_t a, int64_t b)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += (x[a * d + j] - x[b * d + j]) * (x[a * d + j] - x[b * d + j]);
    return sqrt(sum);
}

static double ward(const double *x, int64_t d, const members *a, const members *b)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double m = 0, n = 0;
        for (int64_t i = 0; i < a->n; i++)
            m += x[a->row[i] * d + j] / (double)a->n;
        for (int64_t i = 0; i < b->n; i++)
            n += x[b->row[i] * d + j] / (double)b->n;
        sum += (m - n) * (m - n);
    }
    return sqrt(2 * sum * (double)a->n * (double)b->n / (double)(a->n + b->n));
}

static double apart(int linkage, const double *x, int64_t d, const members *a, const members *b)
{
    double most = 0, least = INFINITY, sum = 0;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t j = 0; j < b->n; j++) {
            double e = distance(x, d, a->row[i], b->row[j]);
            most = fmax(most, e);
            least = fmin(least, e);
            sum += e;
        }
    double of[] = {0, most, sum / (double)(a->n * b->n), least};
    return linkage == 0 ? ward(x, d, a, b) : of[linkage];
}

/* Each merge is of two clusters that no other two are nearer than, at their distance. */
static void check_tree(int linkage, const double *x, int64_t d, const stint_clustering *m)
{
    static members node[2 * ROWS_MOST];
    int64_t n = m->facts.n;
    bool gone[2 * ROWS_MOST] = {false};
    for (int64_t i = 0; i < n; i++)
        node[i] = (members){{i}, 1};
    for (int64_t i = 0; i < n - 1; i++) {
        int64_t a = m->children[i][0], b = m->children[i][1];
        assert_true(a < b && b < n + i && !gone[a] && !gone[b]);
        assert_true(i == 0 || m->distances[i] >= m->distances[i - 1]);
        double height = apart(linkage, x, d, &node[a], &node[b]);
        if (!(fabs(m->distances[i] - height) <= 1e-12 * height + 1e-15))
            fail_msg("%s: merge %d at %.17g, not %.17g", linkages[linkage], (int)i, m->distances[i],
                     height);
        for (int64_t p = 0; p < n + i; p++)
            for (int64_t q = p + 1; q < n + i && !gone[p]; q++)
                if (!gone[q] &&
                    apart(linkage, x, d, &node[p], &node[q]) < height * (1 - 1e-12) - 1e-15)
                    fail_msg("%s: merge %d of nodes %d and %d, but %d and %d are nearer",
                             linkages[linkage], (int)i, (int)a, (int)b, (int)p, (int)q);
        node[n + i] = node[a];
        for (int64_t j = 0; j < node[b].n; j++)
            node[n + i].row[node[n + i].n++] = node[b].row[j];
        assert_int_equal(m->merged[i], node[n + i].n);
        gone[a] = gone[b] = true;
    }
}

static void trees_are_greedy(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[][2] = {{2, 1}, {3, 1}, {17, 1}, {24, 2}, {33, 3}, {30, 20}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int levels = 0; levels < 4; levels++)
            for (int l = 0; l < 4; l++) {
                int64_t n = sizes[s][0], d = sizes[s][1];
                double *x = problem_rows(n, d, levels, 20 + s);
                problem p = problem_of(x, n, d);
                problem_set(&p, "linkage", linkages[l]);
                stint_clustering *m = problem_fit(t->ctx, &p);
                check_tree(l, x, d, m);
                stint_clustering_free(m);
                free(x);
            }
}

/* More than one arrangement in space, with many ties: the heights of single linkage are those of
 * any minimum spanning tree. */
static void large_trees_with_ties(void **state)
{
    fixture *t = *state;
    enum { N = 3000, D = 2 };
    double *x = problem_rows(N, D, 9, 3), *nearest = calloc(N, sizeof *nearest), least;
    problem p = problem_of(x, N, D);
    problem_set(&p, "linkage", "single");
    stint_clustering *m = problem_fit(t->ctx, &p);
    double sum = 0, ours = 0;
    for (int64_t i = 0; i < N; i++)
        nearest[i] = INFINITY;
    for (int64_t i = 0, made = 0; made < N - 1; made++) { /* Prim; taken rows are negative */
        int64_t next = -1;
        nearest[i] = -1;
        for (int64_t j = 0; j < N; j++) {
            nearest[j] = fmin(nearest[j], distance(x, D, i, j));
            if (nearest[j] >= 0 && (next < 0 || nearest[j] < nearest[next]))
                next = j;
        }
        sum += least = nearest[i = next];
    }
    for (int64_t i = 0; i < N - 1; i++)
        ours += m->distances[i];
    assert_near(ours, sum, 1e-12);
    stint_clustering_free(m);
    free(x);
    free(nearest);
}

typedef struct naive {
    int64_t n, d;
    double *centre, *size;
} naive;

static double ward_apart(const naive *w, int64_t a, int64_t b)
{
    double sum = 0, m = w->size[a], n = w->size[b];
    for (int64_t j = 0; j < w->d; j++) {
        double e = w->centre[a * w->d + j] - w->centre[b * w->d + j];
        sum += e * e;
    }
    return sqrt(2 * sum * m * n / (m + n));
}

/* Of the nearest two, by a chain of searches through all; returns their distance. */
static double merge_naively(naive *w, int64_t *chain, int64_t *length)
{
    for (;;) {
        if (*length == 0)
            for (chain[(*length)++] = 0; w->size[chain[0]] == 0; chain[0]++) {}
        int64_t x = chain[*length - 1], near = *length > 1 ? chain[*length - 2] : -1;
        for (int64_t i = 0; i < w->n; i++)
            if (i != x && w->size[i] > 0 &&
                (near < 0 || ward_apart(w, x, i) < ward_apart(w, x, near)))
                near = i;
        if (*length == 1 || near != chain[*length - 2]) {
            chain[(*length)++] = near;
            continue;
        }
        double height = ward_apart(w, x, near), m = w->size[x], n = w->size[near];
        for (int64_t j = 0; j < w->d; j++)
            w->centre[near * w->d + j] =
                (m * w->centre[x * w->d + j] + n * w->centre[near * w->d + j]) / (m + n);
        w->size[near] += w->size[x];
        w->size[x] = 0;
        *length -= 2;
        return height;
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows enough for groups and blocks of boxes, and for arranging them anew. */
static void ward_misses_nothing(void **state)
{
    fixture *t = *state;
    enum { N = 1100, MOST = 4 };
    for (int64_t d = 1; d <= MOST; d += 3) {
        double *x = problem_rows(N, d, 0, 30), heights[N];
        naive w = {N, d, problem_rows(N, d, 0, 30), calloc(N, sizeof(double))};
        int64_t chain[N], length = 0;
        for (int64_t i = 0; i < N; i++)
            w.size[i] = 1;
        for (int64_t i = 0; i < N - 1; i++)
            heights[i] = merge_naively(&w, chain, &length);
        qsort(heights, N - 1, sizeof *heights, ascending);
        problem p = problem_of(x, N, d);
        stint_clustering *m = problem_fit(t->ctx, &p);
        for (int64_t i = 0; i < N - 1; i++)
            assert_near(m->distances[i], heights[i], 1e-11);
        stint_clustering_free(m);
        free(x);
        free(w.centre);
        free(w.size);
    }
}

/* --- edges --------------------------------------------------------------------------------- */

static stint_clustering *fit(fixture *t, const double *x, int64_t n, const char *linkage,
                             const char *clusters, const char *threshold)
{
    problem p = problem_of(x, n, 1);
    problem_set(&p, "linkage", linkage);
    problem_set(&p, "n_clusters", clusters);
    problem_set(&p, "distance_threshold", threshold);
    return problem_fit(t->ctx, &p);
}

static void one_row_is_one_cluster(void **state)
{
    fixture *t = *state;
    static const double x[] = {3};
    for (int l = 0; l < 4; l++)
        for (int by = 0; by < 2; by++) {
            stint_clustering *m = fit(t, x, 1, linkages[l], by ? "0" : "1", by ? "2" : "-1");
            assert_int_equal(m->facts.n_clusters, 1);
            assert_int_equal(m->labels[0], 0);
            assert_int_equal(m->sizes[0], 1);
            assert_int_equal(m->tree.merges, 0);
            stint_clustering_free(m);
        }
}

static void equal_rows_merge_at_zero(void **state)
{
    fixture *t = *state;
    static const char *const clusters[] = {"1", "2", "9", "0"};
    static const int64_t found[] = {1, 2, 9, 9};
    double x[9];
    for (int i = 0; i < 9; i++)
        x[i] = 0.1;
    for (int l = 0; l < 4; l++)
        for (int c = 0; c < 4; c++) {
            stint_clustering *m =
                fit(t, x, 9, linkages[l], clusters[c], c == 3 ? "0" : "-1"); /* at it: no merge */
            int64_t rows = 0;
            for (int i = 0; i < 8; i++)
                assert_true(m->distances[i] == 0);
            assert_int_equal(m->facts.n_clusters, found[c]);
            for (int64_t i = 0; i < found[c]; i++)
                rows += m->sizes[i];
            assert_int_equal(rows, 9);
            assert_int_equal(strstr(m->facts.notes, "same distance") != NULL, c == 1);
            stint_clustering_free(m);
        }
}

static void clusters_are_below_the_threshold(void **state)
{
    fixture *t = *state;
    static const double x[] = {0, 1, 10, 11, 30};
    static const struct {
        const char *threshold;
        int64_t clusters;
    } cases[] = {{"0.5", 5}, {"1", 5}, {"1.5", 3}, {"9", 3}, {"9.5", 2}, {"19", 2}, {"1e9", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stint_clustering *m = fit(t, x, 5, "single", "0", cases[i].threshold);
        assert_int_equal(m->facts.n_clusters, cases[i].clusters);
        assert_string_equal(m->facts.notes, "");
        stint_clustering_free(m);
    }
}

/* Row 0 is as far from row 1 as from row 2. */
static void the_lower_row_wins_a_tie(void **state)
{
    fixture *t = *state;
    static const double x[] = {5, 4, 6, 20, 40};
    for (int l = 0; l < 4; l++) {
        stint_clustering *m = fit(t, x, 5, linkages[l], "2", "-1");
        assert_int_equal(m->children[0][0], 0);
        assert_int_equal(m->children[0][1], 1);
        stint_clustering_free(m);
    }
}

/* --- graphs -------------------------------------------------------------------------------- */

/* A path 0-1-2, a pair 3-4 and a lone row 5, of which only half of each edge is given: few edges,
 * so components are joined along a tree; with k = 2 there are enough to join every two. */
static void components_are_joined(void **state)
{
    fixture *t = *state;
    static const double x[] = {0, 1, 2, 10, 11, 30};
    static const int64_t row[] = {0, 1, 2, 2, 2, 3, 3};
    static const int32_t column[] = {1, 2, 3};
    static const double value[] = {1, 1, 1}, heights[] = {1, 1, 1, 8, 19};
    problem p = problem_of(x, 6, 1);
    p.task.pairs = (stint_pairs){.n = 6, .row = row, .column = column, .value = value};
    problem_set(&p, "linkage", "single");
    problem_set(&p, "n_clusters", "3");
    stint_clustering *m = problem_fit(t->ctx, &p);
    assert_int_equal(m->facts.components, 3);
    assert_int_equal(m->facts.d, 1);
    assert_non_null(strstr(m->facts.notes, "3 components; 3 edges"));
    for (int i = 0; i < 5; i++)
        assert_true(m->distances[i] == heights[i]);
    stint_clustering_free(m);
    p.task.pairs = (stint_pairs){0};
    problem_set(&p, "connectivity", "1");
    m = problem_fit(t->ctx, &p);
    assert_in_range(m->facts.components, 2, 3);
    for (int i = 0; i < 5; i++)
        assert_true(m->distances[i] == heights[i]);
    stint_clustering_free(m);
}

/* Edges of a path at one distance: that between rows comes before that of a merged cluster. */
static void the_older_edge_wins_a_tie(void **state)
{
    fixture *t = *state;
    static const double x[] = {0, 1, 2, 3};
    static const int64_t row[] = {0, 1, 2, 3, 3}, want[][2] = {{0, 1}, {2, 3}, {4, 5}};
    static const int32_t column[] = {1, 2, 3};
    static const double value[] = {1, 1, 1};
    problem p = problem_of(x, 4, 1);
    p.task.pairs = (stint_pairs){.n = 4, .row = row, .column = column, .value = value};
    problem_set(&p, "linkage", "average");
    stint_clustering *m = problem_fit(t->ctx, &p);
    assert_memory_equal(m->children, want, sizeof want);
    assert_int_equal(m->facts.components, 1);
    stint_clustering_free(m);
}

static void many_components_are_joined_along_a_tree(void **state)
{
    fixture *t = *state;
    double x[40];
    for (int i = 0; i < 40; i++) /* pairs, ever farther apart */
        x[i] = (i / 2) * (i / 2) * 10 + i % 2;
    problem p = problem_of(x, 40, 1);
    problem_set(&p, "linkage", "single");
    problem_set(&p, "connectivity", "1");
    problem_set(&p, "n_clusters", "20");
    stint_clustering *m = problem_fit(t->ctx, &p);
    assert_int_equal(m->facts.components, 20);
    assert_non_null(strstr(m->facts.notes, "19 edges between nearest rows join them along"));
    for (int i = 0; i < 39; i++)
        assert_true(m->distances[i] == (i < 20 ? 1 : (2 * (i - 20) + 1) * 10 - 1));
    for (int i = 0; i < 40; i++)
        assert_int_equal(m->labels[i], m->labels[i / 2 * 2]);
    stint_clustering_free(m);
}

/* --- the picture --------------------------------------------------------------------------- */

static void bars_stand_over_their_children(void **state)
{
    fixture *t = *state;
    static const int64_t children[][2] = {{0, 1}, {3, 4}, {2, 5}, {6, 7}}, sizes[] = {2, 2, 3, 5};
    static const double distances[] = {1, 2, 3, 5};
    static const int32_t labels[] = {0, 0, 0, 1, 1};
    stint_dendrogram tree = {4, children, distances, sizes, 5};
    dendrogram out;
    assert_int_equal(dendrogram_lay_out(&t->arena, &tree, labels, 0, &out), STINT_OK);
    static const int64_t order[] = {3, 4, 2, 0, 1};
    assert_int_equal(out.n_leaves, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(out.leaves[i].node, order[i]);
    static const dendrogram_bar bars[] = {
        {3, 4, 0, 0, 1, 0}, {0, 1, 0, 0, 2, 1}, {2, 3.5, 0, 1, 3, 0}, {0.5, 2.75, 2, 3, 5, -1}};
    assert_int_equal(out.n_bars, 4);
    for (int i = 0; i < 4; i++)
        assert_memory_equal(&out.bars[i].left, &bars[i].left, 5 * sizeof(double));
    for (int i = 0; i < 4; i++)
        assert_int_equal(out.bars[i].label, bars[i].label);
    assert_true(out.height == 5);
    assert_int_equal(dendrogram_lay_out(&t->arena, &tree, NULL, 2, &out), STINT_OK);
    assert_int_equal(out.n_leaves, 3);
    assert_int_equal(out.leaves[0].node, 6);
    assert_int_equal(out.leaves[0].rows, 2);
    assert_true(out.leaves[0].height == 2 && out.leaves[2].height == 1);
    assert_true(out.bars[0].left == 1 && out.bars[0].right == 2);
    stint_dendrogram alone = {0, NULL, NULL, NULL, 1};
    assert_int_equal(dendrogram_lay_out(&t->arena, &alone, NULL, 30, &out), STINT_OK);
    assert_int_equal(out.n_leaves, 1);
    assert_int_equal(out.n_bars, 0);
}

/* A tree as deep as it has rows takes no deep recursion. */
static void deep_trees_are_laid_out(void **state)
{
    fixture *t = *state;
    enum { N = 300000 };
    int64_t(*children)[2] = calloc(N, sizeof *children), *sizes = calloc(N, sizeof *sizes);
    double *distances = calloc(N, sizeof *distances);
    for (int64_t i = 0; i < N - 1; i++) {
        children[i][0] = i == 0 ? 0 : i + 1;
        children[i][1] = i == 0 ? 1 : N + i - 1;
        sizes[i] = i + 2;
        distances[i] = (double)i;
    }
    stint_dendrogram tree = {N - 1, (const int64_t(*)[2])children, distances, sizes, N};
    dendrogram out;
    assert_int_equal(dendrogram_lay_out(&t->arena, &tree, NULL, 0, &out), STINT_OK);
    assert_int_equal(out.n_leaves, N);
    for (int64_t i = 0; i < N - 2; i++)
        assert_int_equal(out.leaves[i].node, N - 1 - i);
    assert_int_equal(dendrogram_lay_out(&t->arena, &tree, NULL, 30, &out), STINT_OK);
    assert_int_equal(out.n_leaves, 31);
    free(children);
    free(sizes);
    free(distances);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(trees_are_greedy),
        FIXTURE_TEST(large_trees_with_ties),
        FIXTURE_TEST(ward_misses_nothing),
        FIXTURE_TEST(the_lower_row_wins_a_tie),
        FIXTURE_TEST(the_older_edge_wins_a_tie),
        FIXTURE_TEST(one_row_is_one_cluster),
        FIXTURE_TEST(equal_rows_merge_at_zero),
        FIXTURE_TEST(clusters_are_below_the_threshold),
        FIXTURE_TEST(components_are_joined),
        FIXTURE_TEST(many_components_are_joined_along_a_tree),
        FIXTURE_TEST(bars_stand_over_their_children),
        FIXTURE_TEST(deep_trees_are_laid_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
