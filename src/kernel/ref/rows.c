#define REAL      float
#define REAL_EXP  expf
#define ROWS_NAME rows_ref_f32
#define ROWS_TEXT "reference"
#include "kernel/ref/rows.inc.h"
