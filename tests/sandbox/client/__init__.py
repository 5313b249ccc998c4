# SPDX-License-Identifier: Apache-2.0
"""The stand-in for the docker command: a client of the sandbox's engine."""
