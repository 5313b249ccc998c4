# SPDX-License-Identifier: Apache-2.0
"""How an engine does not do what it is asked for."""


class EngineGone(Exception):
    """No engine answers: as the real command when its daemon is not running."""


class Refused(Exception):
    """The engine's own error sentence ("No such container: x")."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status
