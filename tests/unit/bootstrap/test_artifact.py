# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import artifact


def test_a_link_to_what_is_not_in_the_artifact_is_found():
    pages = {
        "README.md": "[docs](docs/README.md#there) and [a site](https://example.com/x)",
        "docs/README.md": "[up](../README.md), [folder](images), ![picture](images/a.png), [gone](adr/0001.md)",
    }
    names = ["README.md", "docs/README.md", "docs/images", "docs/images/a.png"]
    assert artifact.broken_links(pages, names) == ["docs/README.md: adr/0001.md"]
