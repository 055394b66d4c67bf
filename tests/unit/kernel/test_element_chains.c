/* Every pair of neighbours that may be a chain, the value in every place, the other operands
 * arrays or constants: the bits are those of the ops one by one. */
#include "unit/kernel/element_cases.h"

enum { N = 1315, INPUTS = 3, CONSTANTS = 2, VALUE = INPUTS + CONSTANTS };

static const uint8_t ops[] = {
    ELEMENT_ADD, ELEMENT_SUB, ELEMENT_MUL, ELEMENT_MUL_ADD, ELEMENT_DIV,  ELEMENT_MAX,
    ELEMENT_MIN, ELEMENT_NEG, ELEMENT_ABS, ELEMENT_SQUARE,  ELEMENT_RELU,
};
enum { OPS = sizeof ops / sizeof *ops };

static float in[INPUTS][N], got[N], want[N];
static _Alignas(64) char scratch[ELEMENT_SCRATCH_BYTES];

static void run(const element_program *p, const element_class *k, float *out)
{
    element_space s = {1, {N}};
    element_view from[INPUTS], to = {(char *)out, {1}};
    for (int i = 0; i < INPUTS; i++)
        from[i] = (element_view){(char *)in[i], {1}};
    element_kernels_use(k);
    element_run_space(p, &s, 0, N, from, &to, scratch);
}

/* The first op on an input, the second on its value in `place`; bit i of `constants` makes
 * other i one. */
static void check(const element_class *k, int first, int second, int place, int constants)
{
    static const uint8_t dtype[INPUTS] = {STINT_F32, STINT_F32, STINT_F32}, out[] = {VALUE + 1};
    static const double constant[CONSTANTS] = {-1.75, 0.3};
    uint8_t p = constants & 1 ? INPUTS : 1, q = constants & 2 ? INPUTS + 1 : 2;
    uint8_t other[] = {q, p}, operand[3];
    for (int i = 0, j = 0; i < 3; i++)
        operand[i] = i == place ? VALUE : other[j++ & 1];
    element_code code[] = {
        {(uint8_t)first, VALUE, 0, p, q},
        {(uint8_t)second, VALUE + 1, operand[0], operand[1], operand[2]},
    };
    element_program program = {ELEMENT_F32, INPUTS,   CONSTANTS, VALUE + 2, 2,    1,
                               dtype,       constant, code,      out,       dtype};
    run(&program, k, got);
    for (int64_t i = 0; i < N; i++) {
        float r[VALUE + 2] = {in[0][i], in[1][i], in[2][i], -1.75f, 0.3f};
        for (int c = 0; c < 2; c++)
            element_ref.op[ELEMENT_F32][code[c].op](1, &r[code[c].out], &r[code[c].a],
                                                    &r[code[c].b], &r[code[c].c]);
        want[i] = r[VALUE + 1];
    }
    for (int64_t i = 0; i < N; i++)
        if (!same_f32(got[i], want[i]))
            fail_msg("%s: %s then %s in place %d, constants %d, element %d: %.9g is not %.9g",
                     k->name, element_ops[first].text, element_ops[second].text, place, constants,
                     (int)i, (double)got[i], (double)want[i]);
}

static void pairs_are_what_their_ops_are(void **state)
{
    (void)state;
    const element_class *classes[ISAS];
    int n = element_classes(classes);
    for (int i = 0; i < INPUTS; i++)
        for (int64_t j = 0; j < N; j++)
            in[i][j] = (float)element_value((uint64_t)i, j);
    for (int k = 0; k < n; k++)
        for (int first = 0; first < OPS; first++)
            for (int second = 0; second < OPS; second++)
                for (int place = 0; place < element_ops[ops[second]].operands; place++)
                    for (int constants = 0; constants < 4; constants++)
                        check(classes[k], ops[first], ops[second], place, constants);
    element_kernels_use(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_what_their_ops_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
