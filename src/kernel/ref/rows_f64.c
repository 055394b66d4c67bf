#define REAL      double
#define REAL_EXP  exp
#define ROWS_NAME rows_ref_f64
#define ROWS_TEXT "f64"
#include "kernel/ref/rows.inc.h"
