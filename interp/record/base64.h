/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_BASE64_H
#define RECORD_BASE64_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Base64 (RFC 4648, section 4) for bytes that are no text. */

/* Appends the digits, padded. */
bool base64_encode(struct buf *out, struct str bytes);

/* Appends the bytes; false on anything but the one canonical form of them. */
bool base64_decode(struct buf *out, struct str digits);

#endif
