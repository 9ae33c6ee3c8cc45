/* Compares what the ticket says of the test vector with what ONNX Runtime said. */
#ifndef CHECK_H
#define CHECK_H

/* What an activation may differ by. */
float check_agreed(void);

/* The largest difference of an activation, where the frames of the vector go in. */
float check_network(void);

/* The same, where its samples do, in blocks of these many; without VECTOR_EDGE frames at either end, where a front end
 * that is not its feature exactly (constant-Q, of silence around the recording) differs more. */
float check_samples(unsigned block);

#endif
