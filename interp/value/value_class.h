/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_VALUE_CLASS_H
#define VALUE_VALUE_CLASS_H

#include "value/value.h"

/* The class of an object that was read from JSON lives in an arena, and is copied with its objects. */
bool value_class_is_read(const struct object_class *class);

#endif
