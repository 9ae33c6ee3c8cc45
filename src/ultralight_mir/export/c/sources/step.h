/* The network, some frames at a time. */
#ifndef STEP_H
#define STEP_H

#include <stdint.h>

/* Forget earlier frames. */
void step_begin(void);

/* Of networks that hear it: the mean of the clip's frames, before the first step; it has to stay where it is. */
void step_mean(const float *values);

/* Step `number`, from 0 on: TICKET_STEP frames in, TICKET_SAID activations out, those of TICKET_LATE frames before; of a
 * network of clips the whole clip's, right after TICKET_LATE frames more than it has.
 * length: of the recording in frames, UINT32_MAX until it is known. */
void step_run(const float *frames, uint32_t number, uint32_t length, float *activations);

#endif
