/* Any bytes as a saved model's tensors: read or refused, never past their end. */
#include "fuzz_file.h"
#include "model/tensors.h"

static double sum_of(const tensor_f64 *t)
{
    double sum = 0;
    for (int64_t i = 0; i < t->shape[0] * (t->axes == 2 ? t->shape[1] : 1); i++)
        sum += t->at[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    tensor_f64 wanted[] = {{.name = "coef"}, {.name = "mean"}};
    double *block = NULL, sum = 0;
    file_map map = {0};
    stint_context *c = stint_open(NULL);
    int fd = fuzz_file(bytes, n, path);
    if (c && fd >= 0 && tensors_read(c, path, wanted, 2, &block) == STINT_OK)
        sum += sum_of(&wanted[0]) + sum_of(&wanted[1]);
    mem_free(block);
    if (c && fd >= 0 && tensors_map(c, path, wanted, 2, &map) == STINT_OK)
        sum += sum_of(&wanted[0]) + sum_of(&wanted[1]);
    map_close(&map);
    stint_close(c);
    close(fd);
    return sum == 0.5 ? -1 : 0; /* so that the reads are not optimised away */
}
