# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with a sandbox, in a sentence for the person who asked for it."""


class Failed(Exception):
    pass
