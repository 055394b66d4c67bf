#include "metrics/ascending.h"

/* Quicksort about the median of three, by insertion where few are left, by heap where it went
 * too deep (Musser 1997).  What is in order already costs one look. */

enum { FEW = 24 };

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void by_insertion(double *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        double v = x[i];
        int64_t at = i;
        for (; at > 0 && x[at - 1] > v; at--)
            x[at] = x[at - 1];
        x[at] = v;
    }
}

static void sift_down(double *x, int64_t at, int64_t n)
{
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && x[child + 1] > x[child])
            child++;
        if (x[at] >= x[child])
            return;
        swap(&x[at], &x[child]);
    }
}

static void by_heap(double *x, int64_t n)
{
    for (int64_t i = n / 2; i-- > 0;)
        sift_down(x, i, n);
    for (int64_t i = n; i-- > 1;) {
        swap(&x[0], &x[i]);
        sift_down(x, 0, i);
    }
}

/* Hoare's partition: x[0 … answer] <= x[answer + 1 … n - 1], neither side empty. */
static int64_t partition(double *x, int64_t n)
{
    double *middle = &x[n / 2], *last = &x[n - 1];
    if (*middle < x[0])
        swap(middle, &x[0]);
    if (*last < *middle)
        swap(last, middle);
    if (*middle < x[0])
        swap(middle, &x[0]);
    double pivot = *middle;
    for (int64_t i = -1, j = n;; swap(&x[i], &x[j])) {
        while (x[++i] < pivot)
            ;
        while (x[--j] > pivot)
            ;
        if (i >= j)
            return j;
    }
}

/* Recursion takes the shorter side, so that it is log2(n) deep. */
static void sort(double *x, int64_t n, int depth)
{
    for (; n > FEW; depth--) {
        if (depth == 0) {
            by_heap(x, n);
            return;
        }
        int64_t left = partition(x, n) + 1;
        if (left < n - left) {
            sort(x, left, depth - 1);
            x += left;
            n -= left;
        } else {
            sort(x + left, n - left, depth - 1);
            n = left;
        }
    }
    by_insertion(x, n);
}

void ascending(double *x, int64_t n)
{
    int depth = 0;
    int64_t i = 1;
    while (i < n && x[i - 1] <= x[i])
        i++;
    if (i >= n)
        return;
    for (int64_t k = n; k > 1; k /= 2)
        depth += 2;
    sort(x, n, depth);
}
