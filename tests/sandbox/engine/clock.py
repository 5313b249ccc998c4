# SPDX-License-Identifier: Apache-2.0
"""Times as docker writes them."""

import datetime

NEVER = "0001-01-01T00:00:00Z"


def stamp():
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
