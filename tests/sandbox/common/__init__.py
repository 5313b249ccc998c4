# SPDX-License-Identifier: Apache-2.0
"""What the command, the engine and the stand-in for docker all know."""
