/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_SECRET_FORMS_H
#define RECORD_SECRET_FORMS_H

#include "base/str.h"

/*
 * The ways in which programs write down one text: plain, in JSON, quoted for a shell, in base64, in URLs, in
 * hexadecimal. Calls add for each, some perhaps twice; the bytes live until it returns. Forms too short to tell from
 * harmless text are left out.
 */
void secret_forms(struct str secret, void (*add)(void *context, struct str form), void *context);

#endif
