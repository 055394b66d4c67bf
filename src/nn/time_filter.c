#include "nn/time_filter.h"

stint_tensor *filter_matrix(stint_tensor *answer)
{
    stint_context *c = stint_tensor_context(answer);
    int64_t steps = stint_tensor_count(answer);
    if (!c)
        return NULL;
    stint_tensor *step = stint_arange(c, STINT_I64, steps);
    stint_tensor *lag = stint_sub(stint_expand_axis(step, 1), stint_expand_axis(step, 0));
    stint_tensor *first = stint_scalar(c, STINT_I64, 0);
    stint_tensor *at = stint_gather(answer, stint_maximum(lag, first), 0);
    stint_tensor *none = stint_scalar(c, stint_tensor_dtype(answer), 0);
    return stint_where(stint_greater_equal(lag, first), at, none);
}

stint_tensor *filter_start(stint_tensor *carried, stint_tensor *begun, stint_tensor *steady)
{
    if (!carried)
        return steady;
    stint_tensor *goes_on = stint_expand_axis(stint_cast(begun, STINT_BOOL), 1);
    return stint_where(goes_on, carried, steady);
}
