# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for a Kubernetes API server; README.md says how faithful it is."""

from kube_sim.objects import Cluster
from kube_sim.server import TOKEN, serving

__all__ = ["TOKEN", "Cluster", "serving"]
