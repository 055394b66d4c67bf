#include "device/views.h"

const int8_t dtype_bytes[STINT_BOOL + 1] = {
#define X(name, type, bytes, text) bytes,
    STINT_DTYPE_LIST(X)
#undef X
};

void views_at(int n, const step_view *v, char *const *memory, element_view *out)
{
    for (int i = 0; i < n; i++)
        out[i] = view_at(&v[i], memory);
}

int64_t space_count(const element_space *s)
{
    int64_t n = 1;
    for (int a = 0; a < s->axes; a++)
        n *= s->size[a];
    return n;
}
