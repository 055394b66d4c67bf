#include "unit/graph/alloc_faults.h"

#include "base/fault.h"
#include "unit/fixture.h"

/* Searches allocate the same again and again: later allocations are tried ever further apart. */
enum { ALL = 700, SPREAD = 70 };

static char heard[1024];

static void hear(void *self, const char *line, bool transient)
{
    (void)self;
    if (!transient)
        snprintf(heard, sizeof heard, "%s", line);
}

/* Whether the fault that was armed with n went off; disarms it. */
static bool went_off(int n)
{
    bool waits = false;
    for (int k = 0; k < n && !waits; k++)
        waits = fault_now(FAULT_ALLOC);
    fault_arm(NULL);
    return !waits;
}

/* The failing nth, then all again; false when there is no nth allocation. */
static bool survives(training *train, const char *what, const void *self, int n, float want)
{
    char spec[32];
    float loss = 0;
    heard[0] = '\0';
    stint_context *c = stint_open(&(stint_options){.sink = hear, .threads = 1});
    assert_non_null(c);
    snprintf(spec, sizeof spec, "*:alloc:%d", n);
    fault_arm(spec);
    stint_status s = train(c, self, &loss);
    bool failed = went_off(n);
    if (s == STINT_OK && loss != want) /* a shortage may be got over, but not by another result */
        fail_msg("%s: allocation %d: loss %.9g, not %.9g", what, n, (double)loss, (double)want);
    if (s != STINT_OK && (!failed || ctx_status(c) != STINT_ENOMEM))
        fail_msg("%s: allocation %d: status %d: %s", what, n, (int)s, stint_message(c));
    if (s != STINT_OK && !strstr(stint_message(c), "memory"))
        fail_msg("%s: allocation %d: \"%s\"", what, n, stint_message(c));
    stint_clear(c);
    s = train(c, self, &loss);
    if (s != STINT_OK || loss != want)
        fail_msg("%s: after allocation %d: loss %.9g, not %.9g: %s", what, n, (double)loss,
                 (double)want, stint_message(c));
    stint_close(c);
    if (heard[0])
        fail_msg("%s: allocation %d: left behind: %s", what, n, heard);
    return failed;
}

void every_allocation_may_fail(training *train, const char *what, const void *self)
{
    float want;
    stint_context *c = stint_open(&(stint_options){.threads = 1});
    assert_int_equal(train(c, self, &want), STINT_OK);
    stint_close(c);
    int n = 1;
    while (survives(train, what, self, n, want))
        n += n < ALL ? 1 : n / SPREAD;
    assert_true(n > 100);
}
