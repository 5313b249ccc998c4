/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_RELAY_H
#define LAUNCH_RELAY_H

/*
 * The far end of a step: takes its request and its standard input off descriptor 0 as wire.h says, has a launcher of
 * its own run it with descriptors 1 and 2, and tells its end there. Returns an exit status.
 */
int relay_serve(const char *nonce);

#endif
