# SPDX-License-Identifier: Apache-2.0
"""The sandbox command: a file for each of its words."""
