# SPDX-License-Identifier: Apache-2.0
"""The daemon that owns the sandbox's containers, as dockerd owns real ones."""
