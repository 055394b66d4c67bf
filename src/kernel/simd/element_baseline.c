#define ELEMENT_CLASS element_baseline
#define ELEMENT_TEXT  "baseline"
#define ELEMENT_BYTES 16
#include "kernel/simd/element.inc.h"
