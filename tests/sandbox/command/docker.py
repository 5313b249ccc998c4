# SPDX-License-Identifier: Apache-2.0
"""The stand-in for docker, used by the sandbox itself."""

import os
import subprocess

from command import environment
from command.failed import Failed
from common.place import SOURCE


def docker(place, *words, stdin=None):
    """Runs it and returns its standard output; Failed with what it said otherwise."""
    env = dict(os.environ, **environment.variables(place))
    done = subprocess.run([os.path.join(SOURCE, "bin", "docker"), *words], env=env, check=False,
                          stdin=stdin or subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise Failed(f"docker {' '.join(words)} ended with {done.returncode}: {said}")
    return done.stdout
