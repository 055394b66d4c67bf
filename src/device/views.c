#include "device/views.h"

#include <string.h>

int64_t dtype_size(uint8_t dtype)
{
    static const int8_t bytes_of[] = {
#define X(name, type, bytes, text) bytes,
        STINT_DTYPE_LIST(X)
#undef X
    };
    return bytes_of[dtype];
}

element_view view_at(const step_view *v, char *const *memory)
{
    element_view out = {0};
    if (v->buffer >= 0)
        out.at = memory[v->buffer] + v->offset * dtype_size(v->dtype);
    memcpy(out.stride, v->stride, sizeof out.stride);
    return out;
}

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
