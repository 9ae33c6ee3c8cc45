/* The network, some frames at a time. */
#ifndef STEP_H
#define STEP_H

#include <stdint.h>

/* Forget earlier frames. */
void step_begin(void);

/* Step `number`, from 0 on: TICKET_STEP frames in, TICKET_SAID activations out, those of TICKET_LATE frames before.
 * length: of the recording in frames, UINT32_MAX until it is known. */
void step_run(const float *frames, uint32_t number, uint32_t length, float *activations);

#endif
