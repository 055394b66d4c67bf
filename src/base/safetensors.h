/* Named tensors in a file: https://github.com/huggingface/safetensors, as it is since 2022.
 *
 *     [ n: 8 bytes ][ header: n bytes of JSON, filled up with spaces ][ values … ]
 *
 * The header has each tensor's dtype, shape and range of bytes; the ranges lie side by side,
 * without holes.  Values are row-major and little-endian, as this machine's.  Tensors are
 * written by falling size of their dtype, so that each is aligned to it, and otherwise in the
 * order given. */
#ifndef BASE_SAFETENSORS_H
#define BASE_SAFETENSORS_H

#include "base/json.h"
#include "base/os/os.h"
#include "stint/tensor.h"

typedef struct safetensor {
    const char *name;
    stint_dtype dtype;
    int axes;
    int64_t shape[STINT_AXES]; /* [axes] */
    const void *at;
} safetensor;

/* Of its values; -1 when that is beyond int64_t or a size is negative. */
int64_t safetensor_bytes(const safetensor *t);

/* What the file calls a dtype ("F32"), and the bytes of one value. */
typedef struct safetensor_dtype {
    const char *name;
    int64_t bytes;
} safetensor_dtype;
extern const safetensor_dtype safetensor_dtypes[STINT_BOOL + 1]; /* [stint_dtype] */

/* --- writing: a file gets its name when it is whole ---------------------------------------- */

/* Names are UTF-8, each its own, and not "__metadata__", else STINT_EUSAGE. */
stint_status safetensors_write(ctx *c, const char *path, const safetensor *tensors, int n);

/* The same piece by piece, in memory that does not grow with them (`at` is not looked at):
 * begin, put every value of every tensor, end, which gives the file its name.  The writer is
 * gone after end, whatever comes out, and after abandon, which leaves no file. */
typedef struct safetensors_writer safetensors_writer;
stint_status safetensors_begin(ctx *c, const char *path, const safetensor *tensors, int n,
                               safetensors_writer **out);
/* The next `count` values of one tensor; different tensors may take turns. */
stint_status safetensors_put(safetensors_writer *w, int tensor, const void *values, int64_t count);
stint_status safetensors_end(safetensors_writer *w);
void safetensors_abandon(safetensors_writer *w); /* takes NULL */

/* A tensor's entry in the header's object, for writers of files of their own: its values begin at
 * `from`. */
void safetensors_emit(json_out *j, const safetensor *t, int64_t from);

/* --- reading ------------------------------------------------------------------------------- */

/* Find each named tensor: dtype, shape and values, which lie in one block that the caller frees
 * (mem_free(*block)), aligned to their dtype.  STINT_EDATA, with the file, the tensor and the
 * reason, when one is missing or damaged, or when the ranges of any in the file overlap, leave
 * holes or end behind it.  Tensors not asked for may be of any dtype. */
stint_status safetensors_read(ctx *c, const char *path, safetensor *wanted, int n, void **block);

/* The same in a map of the file, which the caller closes. */
stint_status safetensors_map(ctx *c, const char *path, safetensor *wanted, int n, file_map *map);

#endif
