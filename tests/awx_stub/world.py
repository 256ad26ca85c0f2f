# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stub holds, and what AWX lets one do to it.

Objects are dictionaries as the API shows them, apart from secrets, which are here in the clear.
"""

import copy
import itertools

from awx_stub import checks
from awx_stub.kinds import KINDS, NODE_LINKS, UNIFIED
from awx_stub.refused import Refused

ENCRYPTED = "$encrypted$"
PAGE = 25


class World:
    """The objects of a controller.

    projects: maps the URL of a repository to its playbooks; the update of a project from any other URL fails.
    inventories: maps the path of an inventory in any project to its hosts; the update from any other path fails.
    """

    def __init__(self, projects, inventories=None):
        self.repositories = projects
        self.inventories = inventories or {}
        self.objects = {endpoint: {} for endpoint in KINDS}
        # (endpoint, id, list) -> ids, in the order in which they were associated.
        self.lists = {}
        self.surveys = {}
        unified = itertools.count(1)
        self._numbers = {endpoint: unified if endpoint in UNIFIED else itertools.count(1) for endpoint in KINDS}
        self._as_installed()

    def _as_installed(self):
        """Create the objects that every new AWX has."""
        self._put("organizations", {"name": "Default"})
        for name in ("controlplane", "default"):
            self._put("instance_groups", {"name": name})
        for name, kind, inputs in checks.MANAGED_TYPES:
            self._put("credential_types", {"name": name, "kind": kind, "managed": True, "inputs": inputs})
        galaxy = self.find("credential_types", name=checks.GALAXY)[0]["id"]
        self._put(
            "credentials",
            {
                "name": "Ansible Galaxy",
                "credential_type": galaxy,
                "managed": True,
                "inputs": {"url": "https://galaxy.ansible.com/"},
            },
        )
        for name in ("AWX EE (24.6.1)", "Control Plane Execution Environment"):
            self._put(
                "execution_environments",
                {"name": name, "image": "quay.io/ansible/awx-ee:24.6.1", "managed": name.startswith("Control")},
            )

    # Reading

    def find(self, endpoint, **values):
        """Return the objects of a kind with these values, as they are stored."""
        return [item for item in self._all(endpoint) if all(item.get(key) == value for key, value in values.items())]

    def _all(self, endpoint):
        if endpoint == "unified_job_templates":
            return [item for each in UNIFIED for item in self.objects[each].values()]
        return list(self.objects[endpoint].values())

    def get(self, endpoint, number):
        if endpoint == "unified_job_templates":
            endpoint = next((each for each in UNIFIED if number in self.objects[each]), UNIFIED[0])
        if number not in self.objects[endpoint]:
            raise Refused(404, {"detail": "Not found."})
        return self.objects[endpoint][number]

    def shown(self, endpoint, item):
        """Return an object as the API shows it: without secrets, with the addresses of related objects."""
        if endpoint == "unified_job_templates":
            endpoint = next(each for each in UNIFIED if KINDS[each].type == item["type"])
        kind, url = KINDS[endpoint], f"/api/v2/{endpoint}/{item['id']}/"
        answer = copy.deepcopy(item)
        related = {name: url + name + "/" for name in kind.lists}
        if endpoint == "inventory_sources":
            related["update"] = url + "update/"
        for field, other in kind.points_to.items():
            if item.get(field) is not None:
                target = self.get(other, item[field])
                related[field] = self.shown(other, target)["url"]
        if kind.survey:
            related["survey_spec"] = url + "survey_spec/"
        answer.update(url=url, related=related, summary_fields={})
        if endpoint == "credentials":
            secret = checks.secrets(self.get("credential_types", item["credential_type"])["inputs"])
            answer["inputs"] = {
                key: ENCRYPTED if key in secret and value else value for key, value in item["inputs"].items()
            }
        if endpoint == "notification_templates":
            answer["notification_configuration"] = checks.notification_shown(item)
        if endpoint == "projects":
            updates = self.find("project_updates", project=item["id"], status="pending")
            if updates:
                answer["summary_fields"]["current_update"] = {"id": updates[-1]["id"]}
        return answer

    def listed(self, endpoint, query, among=None):
        """Return one page of a list: (objects, number of all objects, number of the page, whether more follow)."""
        found = [item for item in self._all(endpoint) if among is None or item["id"] in among]
        if among is not None:
            found.sort(key=lambda item: among.index(item["id"]))
        query = dict(query)
        page, size = int(query.pop("page", 1)), int(query.pop("page_size", PAGE))
        found = [item for item in found if checks.fits(endpoint, item, query, self._lists_of(endpoint, item))]
        if page > 1 and (page - 1) * size >= len(found):
            raise Refused(404, {"detail": "Invalid page."})
        return found[(page - 1) * size : page * size], len(found), page, page * size < len(found)

    def _lists_of(self, endpoint, item):
        names = () if endpoint == "unified_job_templates" else KINDS[endpoint].lists
        return {name: self.lists.get((endpoint, item["id"], name), []) for name in names}

    # Writing

    def create(self, endpoint, sent):
        kind = KINDS[endpoint]
        missing = {name: ["This field is required."] for name in kind.required if sent.get(name) in (None, "")}
        if missing:
            raise Refused(400, missing)
        return self._put(endpoint, checks.cleaned(self, endpoint, sent, None))

    def _put(self, endpoint, values):
        kind = KINDS[endpoint]
        item = {"id": next(self._numbers[endpoint]), "type": kind.type}
        if "name" in kind.required or endpoint == "workflow_approval_templates":
            item["name"] = values["name"]
        item.update(copy.deepcopy(kind.fields))
        item.update(dict.fromkeys(kind.points_to))
        item.update(copy.deepcopy(values))
        if endpoint == "projects":
            item.update(status="never updated", scm_revision="")
        if endpoint == "inventory_sources":
            item.update(status="never updated")
        self.objects[endpoint][item["id"]] = item
        if endpoint == "projects" and item["scm_type"]:
            self._begin_update(item)
        return item

    def change(self, endpoint, number, sent):
        item = self.get(endpoint, number)
        values = checks.cleaned(self, endpoint, sent, item)
        moved = endpoint == "projects" and any(
            item[key] != values.get(key, item[key]) for key in ("scm_url", "scm_branch", "scm_type")
        )
        item.update(copy.deepcopy(values))
        if moved and item["scm_type"]:
            self._begin_update(item)
        return item

    def delete(self, endpoint, number):
        """Delete an object and the objects inside it; references to it become null, and lists lose it."""
        item = self.get(endpoint, number)
        if item.get("managed"):
            raise Refused(403, {"detail": "Deletion not allowed for managed objects"})
        if endpoint == "credential_types" and self.find("credentials", credential_type=number):
            raise Refused(403, {"detail": "Credential types that are in use cannot be deleted"})
        if endpoint == "workflow_job_template_nodes":
            self.objects["workflow_approval_templates"].pop(item["unified_job_template"], None)
        del self.objects[endpoint][number]
        aliases = {endpoint} | ({"unified_job_templates"} if endpoint in UNIFIED else set())
        for other, kind in KINDS.items():
            for field, target in kind.points_to.items():
                for pointing in self.find(other, **{field: number}) if target in aliases else []:
                    if pointing["id"] not in self.objects[other]:
                        continue
                    if field in kind.lives_in:
                        self.delete(other, pointing["id"])
                    else:
                        pointing[field] = None
            for name, target in kind.lists.items():
                if target in aliases:
                    for owner in self.objects[other]:
                        ids = self.lists.get((other, owner, name), [])
                        ids[:] = [each for each in ids if each != number]
        self.lists = {key: ids for key, ids in self.lists.items() if key[:2] != (endpoint, number)}
        self.surveys.pop((endpoint, number), None)

    def associate(self, endpoint, number, name, sent):
        self.get(endpoint, number)
        ids, target = self.lists.setdefault((endpoint, number, name), []), KINDS[endpoint].lists[name]
        other = sent.get("id")
        if not isinstance(other, int):
            raise Refused(400, {"msg": '"id" field must be an integer.'})
        if sent.get("disassociate"):
            if other in ids:
                ids.remove(other)
            return
        if other not in self.objects[target]:
            raise Refused(400, {"detail": "Invalid pk"})
        if other in ids:
            return
        if name == "credentials":
            checks.another_credential(self, ids, other)
        if name in NODE_LINKS:
            checks.another_link(self, number, other)
        ids.append(other)

    def set_survey(self, endpoint, number, spec):
        self.get(endpoint, number)
        checks.survey(spec)
        self.surveys[endpoint, number] = copy.deepcopy(spec)

    def make_approval(self, number, sent):
        node = self.get("workflow_job_template_nodes", number)
        if node["unified_job_template"] is not None:
            raise Refused(400, {"error": "Node already has a unified job template"})
        if not sent.get("name"):
            raise Refused(400, {"name": ["This field is required."]})
        item = self._put("workflow_approval_templates", checks.cleaned(self, "workflow_approval_templates", sent, None))
        node["unified_job_template"] = item["id"]
        return item

    # Launches

    def launch(self, endpoint, number, sent):
        """Return what a launch would begin: nothing runs.

        What the template does not ask for is ignored, without an error. The slices are counted from the hosts that the
        inventory has now, before an update that the launch itself begins.
        """
        template = self.get(endpoint, number)
        ignored = {}
        for field, value in sent.items():
            name = "extra_data" if field == "extra_vars" else field
            if not template.get(checks.PROMPTS.get(name)):
                ignored[field] = value
        hosts = self.find("hosts", inventory=template["inventory"], enabled=True)
        slices = max(1, min(template.get("job_slice_count", 1), len(hosts)))
        prompted = {field: value for field, value in sent.items() if field not in ignored}
        return {"ignored_fields": ignored, "prompted": prompted, "slices": slices}

    # Inventory sources

    def begin_inventory_update(self, number):
        self.get("inventory_sources", number)
        return self._put("inventory_updates", {"inventory_source": number, "name": "update"})

    def look_at_inventory_update(self, number):
        """Return an inventory update, and finish it: each GET does, so that a client never waits."""
        update = self.get("inventory_updates", number)
        shown = dict(update)
        if not update["finished"]:
            source = self.get("inventory_sources", update["inventory_source"])
            hosts = self.inventories.get(source["source_path"])
            update.update(finished="2026-01-01T00:00:00Z", failed=hosts is None)
            update["status"] = source["status"] = "failed" if hosts is None else "successful"
            for name in hosts or ():
                found = self.find("hosts", name=name, inventory=source["inventory"])
                host = found[0] if found else self._put("hosts", {"name": name, "inventory": source["inventory"]})
                self.lists.setdefault(("hosts", host["id"], "inventory_sources"), [source["id"]])
        return shown

    # Projects

    def _begin_update(self, project):
        self._put("project_updates", {"project": project["id"], "name": project["name"]})

    def look_at_update(self, number):
        """Return a project update, and finish it: each GET does, so that a client never waits."""
        update = self.get("project_updates", number)
        shown = dict(update)
        if update["status"] == "pending":
            project = self.get("projects", update["project"])
            known = project["scm_url"] in self.repositories
            update["status"] = project["status"] = "successful" if known else "failed"
            project["scm_revision"] = "5eed" * 10 if known else ""
        return shown

    def playbooks(self, project):
        """Return the playbooks that AWX would find in a project: none before an update was successful."""
        return self.repositories.get(project["scm_url"], []) if project["status"] == "successful" else []
