/* The network, some frames at a time. */
#ifndef STEP_H
#define STEP_H

#include <stdint.h>

/* Forget earlier frames. */
void step_begin(void);

/* Of networks that hear it: the mean of the clip's frames, before the first step; it has to stay where it is. */
void step_mean(const float *values);

/* Step `number`, from 0 on: TICKET_STEP frames (of a waveform: samples) in, activations of TICKET_SAID frames out, those
 * of TICKET_LATE frames before; of a network of clips the whole clip's, right after TICKET_LATE frames more than it has.
 * Of a recurrent network, what its recurrent layers hear of them, TICKET_ROW values each, comes out instead.
 * length: of the recording in what goes in, UINT32_MAX until it is known. */
void step_run(const float *frames, uint32_t number, uint32_t length, float *activations);

/* Of a recurrent network: activations of `count` frames, at most TICKET_TOGETHER, which it hears forwards and backwards. */
void step_together(const float *rows, uint32_t count, float *activations);

#endif
