/* The reference of matrix products in one domain; included with REAL, NAME(x) and HALVES,
 * whether operands may be narrow floats. */

static REAL NAME(element)(const void *at, gemm_stored how, int64_t i)
{
#if HALVES
    if (how != GEMM_DOMAIN)
        return (how == GEMM_BF16 ? f32_from_bf16 : f32_from_f16)(((const uint16_t *)at)[i]);
#endif
    (void)how;
    return ((const REAL *)at)[i];
}

static void NAME(part)(const gemm_part *p)
{
    REAL *c = p->c;
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->cols; j++) {
            REAL sum = p->onto ? c[i * p->c_row + j] : 0;
            for (int64_t k = 0; k < p->k; k++)
                sum += NAME(element)(p->a, p->a_stored, i * p->a_row + k * p->a_col) *
                       NAME(element)(p->b, p->b_stored, k * p->b_row + j * p->b_col);
            c[i * p->c_row + j] = sum;
        }
}

static void NAME(turn)(const void *from, int64_t from_row, int64_t rows, int64_t cols, void *to,
                       int64_t to_row)
{
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++)
            ((REAL *)to)[j * to_row + i] = ((const REAL *)from)[i * from_row + j];
}

#undef REAL
#undef HALVES
#undef NAME
