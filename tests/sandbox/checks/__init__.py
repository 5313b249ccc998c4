# SPDX-License-Identifier: Apache-2.0
"""The sandbox's tests of itself."""
