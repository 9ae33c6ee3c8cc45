/* The front end: samples in, frames of the network's input out. Sizes are fixed; nothing is allocated. */
#ifndef FRONT_H
#define FRONT_H

#include "front_tables.h"

/* Forget what was heard. */
void front_begin(void);

/* Hear one sample, in -1...1; 1 where a frame is ready with it. */
int front_push(float sample);

/* The frame that is ready, FRONT_BINS values, until the next sample. */
const float *front_frame(void);

#endif
