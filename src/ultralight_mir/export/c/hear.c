/* What this machine's own run calls: all frames of a recording in, all that the ticket says of them out. */
#include <string.h>

#include "ticket.h"

struct said {
    float *activations;
    size_t room, count;
};

static void keep(void *context, uint32_t frame, const float *activations) {
    struct said *said = context;
    if (frame < said->room) {
        memcpy(said->activations + (size_t)frame * TICKET_OUTPUTS, activations, TICKET_OUTPUTS * sizeof(float));
        said->count = frame + 1u;
    }
}

/* At most room frames (or windows) are written; how many there are. */
size_t host_hear(const float *frames, size_t count, float *activations, size_t room) {
    struct said said = {activations, room, 0};
    ticket_begin();
    for (size_t i = 0; i < count; ++i) {
        ticket_push_frame(frames + i * TICKET_BINS, keep, &said);
    }
    ticket_end(keep, &said);
    return said.count;
}
