/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/registry.h"

#include <stddef.h>

#define CONNECTION(name)
#define CHANNEL(name)
#define ACTION(name) &name,
static const struct action_impl *const impls[] = {
#include "stdlib/registry.def"
    NULL};
#undef ACTION

#define ACTION(name) &name##_spec,
static const struct action_spec *const specs[] = {
#include "stdlib/registry.def"
    NULL};
#undef ACTION
#undef CONNECTION

#define ACTION(name)
#define CONNECTION(name) &name##_connection,
static const struct connection_spec *const connections[] = {
#include "stdlib/registry.def"
    NULL};
#undef CONNECTION
#undef CHANNEL

#define CONNECTION(name)
#define CHANNEL(name) &name##_channel,
static const struct connection_spec *const channels[] = {
#include "stdlib/registry.def"
    NULL};
#undef ACTION
#undef CONNECTION
#undef CHANNEL

const struct registry stdlib_registry = {impls, connections};
const struct vocabulary stdlib_vocabulary = {specs, connections, channels};
