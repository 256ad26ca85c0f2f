# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import lint_examples

PAGE = """# A page

```yaml
- hosts: all
  roles: [x]
```

- an item

  ```yaml
  - name: A task
    ansible.builtin.debug:
  ```

```yaml
---
audit_arrays: []
```

```json
{}
```

```yaml
apiVersion: v1
```
"""


def test_each_example_is_found_with_what_it_is():
    assert dict(lint_examples.examples("docs/A.md", PAGE)) == {
        "playbooks/docs_a_3.yml": "---\n- hosts: all\n  roles: [x]\n",
        "tasks/docs_a_10.yml": "---\n- name: A task\n  ansible.builtin.debug:\n",
        "vars/docs_a_15.yml": "---\naudit_arrays: []\n",
        "others/docs_a_24.yml": "---\napiVersion: v1\n",
    }
