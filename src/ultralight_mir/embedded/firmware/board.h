/* What the firmware may ask of the board. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Of the timer, since reset. */
uint64_t board_ticks(void);

/* Bytes of stack used at most until now. */
uint32_t board_stack(void);

/* Write a name and a value, in hexadecimal, to the host. */
void say(const char *name, uint32_t value);

#endif
