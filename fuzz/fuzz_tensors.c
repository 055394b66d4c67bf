/* Any bytes as a saved model's tensors: read or refused, never past their end. */
#include "fuzz_file.h"
#include "model/tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    tensor_f64 wanted[] = {{.name = "coef"}, {.name = "mean"}};
    double *block = NULL, sum = 0;
    stint_context *c = stint_open(NULL);
    int fd = fuzz_file(bytes, n, path);
    if (c && fd >= 0 && tensors_read(c, path, wanted, 2, &block) == STINT_OK)
        for (int t = 0; t < 2; t++)
            for (int64_t i = 0;
                 i < wanted[t].shape[0] * (wanted[t].axes == 2 ? wanted[t].shape[1] : 1); i++)
                sum += wanted[t].at[i];
    mem_free(block);
    stint_close(c);
    close(fd);
    return sum == 0.5 ? -1 : 0; /* so that the reads are not optimised away */
}
