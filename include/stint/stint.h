/* All of Stint's public interface. */
#ifndef STINT_STINT_H
#define STINT_STINT_H

#include "stint/base.h"
#include "stint/cluster.h"
#include "stint/data.h"
#include "stint/derivatives.h"
#include "stint/experiment.h"
#include "stint/fn.h"
#include "stint/loader.h"
#include "stint/memory.h"
#include "stint/nn.h"
#include "stint/optim.h"
#include "stint/tensor.h"
#include "stint/train.h"

#endif
