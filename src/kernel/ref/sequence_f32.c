#define SEQUENCE_ROW  sequence_ref_f32
#define SEQUENCE_TEXT "ref"
#define REAL          float
#include "kernel/ref/sequence.inc.h"
