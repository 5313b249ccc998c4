# SPDX-License-Identifier: Apache-2.0
"""The docker command, the stand-in or the real one, used by the sandbox itself."""

import os
import subprocess

from command import environment
from command.failed import Failed
from common import process


def docker(place, *words, stdin=None):
    """Runs it and returns its standard output; Failed with what it said otherwise. It does not outlive the call."""
    env = dict(os.environ, **environment.variables(place))
    child = None
    try:
        with process.held():
            child = subprocess.Popen([place.docker, *words], env=env,
                                     stdin=stdin or subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, said = child.communicate()
    except BaseException:
        if child:
            child.kill()
            child.wait()
        raise
    if child.returncode:
        said = said.decode("utf-8", "replace").strip()
        raise Failed(f"docker {' '.join(words)} ended with {child.returncode}: {said}")
    return out
