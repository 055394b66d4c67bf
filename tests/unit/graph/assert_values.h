/* That a tensor has these values, exactly; after unit/fixture.h. */
#ifndef UNIT_GRAPH_ASSERT_VALUES_H
#define UNIT_GRAPH_ASSERT_VALUES_H

#include "unit/graph/elements.h"

static inline void assert_values(stint_tensor *t, int n, const double *want)
{
    double *got = elements_read(t);
    assert_non_null(got);
    assert_int_equal(stint_tensor_count(t), n);
    for (int i = 0; i < n; i++)
        if (got[i] != want[i] && !(isnan(got[i]) && isnan(want[i])))
            fail_msg("element %d is %g, not %g", i, got[i], want[i]);
    free(got);
}

#endif
