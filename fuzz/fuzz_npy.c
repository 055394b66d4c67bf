/* Any bytes as a NumPy array: its header is read or refused, and what it tells of lies within the
 * file. */
#include "data/npy.h"
#include "fuzz_file.h"

static void check(const npy *x, size_t n)
{
    int64_t size = (int64_t)n;
    if (x->data_at < 0 || x->data_bytes < 0 || x->data_at + x->data_bytes != size || x->rows < 0 ||
        x->columns < 1 || x->n_fields < 1)
        __builtin_trap();
    for (int i = 0; i < x->n_fields; i++) {
        const npy_field *f = &x->fields[i];
        if (f->offset < 0 || f->element.bytes < 0 || f->offset + f->element.bytes > x->item_bytes)
            __builtin_trap();
    }
    if (x->rows > 0 &&
        (x->rows - 1) * x->row_stride + (x->columns - 1) * x->column_stride + x->item_bytes >
            x->data_bytes)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    arena a;
    npy x;
    stint_context *c = stint_open(NULL);
    arena_init(&a, c, TAG_BASE);
    if (npy_read(c, &a, "fuzz.npy", bytes, (int64_t)n, &x) == STINT_OK)
        check(&x, n);
    arena_deinit(&a);
    stint_close(c);
    return 0;
}
