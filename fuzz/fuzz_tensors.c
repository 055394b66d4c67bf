/* Any bytes as a file of tensors, a saved model's among them: read or refused, never past their
 * end. */
#include "fuzz_file.h"
#include "model/tensors.h"

static double sum_of_f64(const tensor_f64 *t)
{
    double sum = 0;
    for (int64_t i = 0; i < t->shape[0] * (t->axes == 2 ? t->shape[1] : 1); i++)
        sum += t->at[i];
    return sum;
}

static double sum_of_bytes(const safetensor *t)
{
    const uint8_t *bytes = t->at;
    double sum = 0;
    for (int64_t i = 0; i < safetensor_bytes(t); i++)
        sum += bytes[i];
    return sum;
}

static double read_model(ctx *c, const char *path)
{
    tensor_f64 wanted[] = {{.name = "coef"}, {.name = "mean"}};
    double *block = NULL, sum = 0;
    file_map map = {0};
    if (tensors_read(c, path, wanted, 2, &block) == STINT_OK)
        sum += sum_of_f64(&wanted[0]) + sum_of_f64(&wanted[1]);
    mem_free(block);
    if (tensors_map(c, path, wanted, 2, &map) == STINT_OK)
        sum += sum_of_f64(&wanted[0]) + sum_of_f64(&wanted[1]);
    map_close(&map);
    return sum;
}

static double read_any(ctx *c, const char *path)
{
    safetensor wanted[] = {{.name = "coef"}, {.name = "mean"}};
    void *block = NULL;
    double sum = 0;
    file_map map = {0};
    if (safetensors_read(c, path, wanted, 2, &block) == STINT_OK)
        sum += sum_of_bytes(&wanted[0]) + sum_of_bytes(&wanted[1]);
    mem_free(block);
    if (safetensors_map(c, path, wanted, 2, &map) == STINT_OK)
        sum += sum_of_bytes(&wanted[0]) + sum_of_bytes(&wanted[1]);
    map_close(&map);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    double sum = 0;
    stint_context *c = stint_open(NULL);
    int fd = fuzz_file(bytes, n, path);
    if (c && fd >= 0)
        sum = read_model(c, path) + read_any(c, path);
    stint_close(c);
    close(fd);
    return sum == 0.5 ? -1 : 0; /* so that the reads are not optimised away */
}
