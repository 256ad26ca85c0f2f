# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make molecule`: there are scenarios, and each ends in assertions.

molecule itself only warns when a scenario has no verify.yml, and then calls it passed.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    scenarios = sorted(path.parent for path in ROOT.glob("molecule/*/molecule.yml"))
    if not scenarios:
        sys.exit("There is no scenario in molecule/.")
    unverified = [scenario.name for scenario in scenarios if not (scenario / "verify.yml").exists()]
    if unverified:
        sys.exit(f"These scenarios have no verify.yml and would pass whatever happens: {', '.join(unverified)}")
    print(f"Scenarios: {', '.join(scenario.name for scenario in scenarios)}")


if __name__ == "__main__":
    main()
