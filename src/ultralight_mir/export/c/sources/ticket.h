/* A ticket: hears samples, says activations in 0...1. Sizes are fixed; nothing is allocated; one stream at a time. */
#ifndef TICKET_H
#define TICKET_H

#include <stddef.h>
#include <stdint.h>

#include "ticket_tables.h" /* what it hears and says; TICKET_WEIGHTS: bytes of the network's, of TICKET_BITS each */

/* Called with each frame's activations, in order, TICKET_OUTPUTS of them. Frame i is centred at sample
 * i * TICKET_HOP; a recurrent network says TICKET_TOGETHER of them at once, which it hears together and apart from those
 * before and after. Of a task of clips: with each window of TICKET_WINDOW frames; one that is cut off is not told of. */
typedef void (*ticket_listener)(void *context, uint32_t frame, const float *activations);

/* Start a stream. */
void ticket_begin(void);

/* Hear some samples, as many as there are, mono, TICKET_RATE a second, in -1...1. What the listener is told of comes
 * at most TICKET_DELAY samples late. */
void ticket_push(const float *samples, size_t count, ticket_listener listener, void *context);

/* Hear a frame of the network's input, TICKET_BINS values, instead (of a waveform: a sample). */
void ticket_push_frame(const float *frame, ticket_listener listener, void *context);

/* End the stream: the listener is told of the frames that are left. */
void ticket_end(ticket_listener listener, void *context);

/* Hear a whole recording. At most room frames are written, TICKET_OUTPUTS values each; how many there are. */
size_t ticket_predict(const float *samples, size_t count, float *activations, size_t room);

#endif
