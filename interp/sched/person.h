/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_PERSON_H
#define SCHED_PERSON_H

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Telling people apart. A person is a map {name, uid, login}: the user whose process it is; the user who logged in,
 * where the kernel keeps that (it outlives su and sudo); and the name of the latter, else of the former. All of it is
 * the kernel's word (run/peer.h).
 *
 * One login is one person, whatever it has become. Behind different logins there are different people, under one user
 * too. Where a login is not known, different users are different people, unless one's user is the other's login; of one
 * user nobody knows.
 */

/*
 * Why somebody is not known to be another person than all of those, a list of {who, person}: a sentence without a full
 * stop, in the arena. Empty: they are. A person that is NULL is nobody known.
 */
struct str person_doubt(
    struct arena *arena, const struct value *agreed, const struct value *person);

#endif
