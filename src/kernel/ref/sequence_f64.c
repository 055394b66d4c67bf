#define SEQUENCE_ROW  sequence_ref_f64
#define SEQUENCE_TEXT "ref"
#define REAL          double
#include "kernel/ref/sequence.inc.h"
