#define ELEMENT_CLASS element_avx512
#define ELEMENT_TEXT  "avx512"
#define ELEMENT_BYTES 64
#include "kernel/simd/element.inc.h"
