/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_ARGO_H
#define VIEW_ARGO_H

#include "base/buf.h"
#include "base/diag.h"
#include "lang/load.h"

/* What of an image that has reprise in it is not known says so itself. */
#define ARGO_IMAGE_UNSET "IMAGE-WITH-REPRISE:unset"

struct argo_options {
	const struct load *load;
	const char *image; /* what every step's container is made of */
	const struct value
	    *params; /* a map: those without a value are asked for when it is submitted */
};

/*
 * A runbook as an Argo Workflow, and the ConfigMap that has its files: two documents of YAML. Every step is a container
 * that runs it alone; what Argo has no word for is done in there. What is not carried over is a warning in `notes`,
 * with the place of the key and the way out, and stands in the head of the manifest as well.
 */
void plan_argo(const struct argo_options *options, struct diags *notes, struct buf *out);

#endif
