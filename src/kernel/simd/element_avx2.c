#define ELEMENT_CLASS element_avx2
#define ELEMENT_TEXT  "avx2"
#define ELEMENT_BYTES 32
#include "kernel/simd/element.inc.h"
