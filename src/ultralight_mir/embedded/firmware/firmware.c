/* Runs the ticket on the test vector and tells the host what came of it. */
#include <string.h>

#include "board.h"
#include "check.h"

static uint32_t bits(float value) {
    uint32_t made;
    memcpy(&made, &value, sizeof made);
    return made;
}

int main(void) {
    const uint64_t begun = board_ticks();
    const float network = check_network();
    const uint64_t between = board_ticks();
    const float samples = check_samples(64);
    const uint64_t ended = board_ticks();
    say("stack", board_stack());
    say("network", bits(network));
    say("samples", bits(samples));
    say("network_ticks", (uint32_t)(between - begun));
    say("samples_ticks", (uint32_t)(ended - between));
    return 0;
}
