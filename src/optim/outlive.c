#include "optim/optim.h"

/* Tensors that outlive the scope they are made in: states, which are kept; and results, kept
 * across the end of the scope of their temporaries and then given to the one around it. */

stint_status optim_scope_close(ctx *c, stint_scope *s, int n, stint_tensor **out)
{
    for (int i = 0; i < n; i++)
        stint_keep(out[i]);
    stint_status status = stint_scope_close(s);
    for (int i = 0; i < n; i++) {
        stint_tensor *kept = out[i];
        out[i] = status == STINT_OK ? stint_alias(kept) : NULL;
        stint_drop(kept);
    }
    return status == STINT_OK ? ctx_status(c) : status;
}

int optim_shape(const stint_tensor *t, int64_t shape[STINT_AXES])
{
    int axes = stint_tensor_axes(t);
    for (int a = 0; a < axes; a++)
        shape[a] = stint_tensor_size(t, a);
    return axes;
}

stint_tensor *optim_zeros(ctx *c, stint_dtype d, const stint_tensor *t)
{
    int64_t shape[STINT_AXES];
    int axes = optim_shape(t, shape);
    return stint_keep(stint_zeros(c, d, axes, shape));
}
