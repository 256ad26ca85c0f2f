# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A REST session with a simulator, and a stand-in for the kernel's SCSI target."""

import re

import ontap_sim
import pytest
import requests
from ontap_sim.configfs import Kernel


class Rest(requests.Session):
    """A session with a simulator; paths instead of addresses."""

    def __init__(self, sim, username=None, password=None):
        super().__init__()
        self.base, self.trust_env = sim.url, False  # this machine's environment names another CA
        self.auth, self.verify = (username or sim.username, password or sim.password), sim.ca_path

    def request(self, method, path, **kwargs):
        return super().request(method, self.base + path, timeout=60, **kwargs)

    def records(self, path):
        """Return all records from here to the last page."""
        found, pages = [], 0
        while path:
            pages += 1
            assert pages < 100, "a walk without an end"
            answer = self.get(path)
            assert answer.status_code == 200, answer.text
            found += answer.json()["records"]
            path = answer.json().get("_links", {}).get("next", {}).get("href")
        return found


@pytest.fixture
def world():
    """Return the JSON of the world (or a World) that `sim` serves; a test module may have its own."""
    return {}


@pytest.fixture
def sim(world):
    with ontap_sim.running(world) as simulator:
        yield simulator


@pytest.fixture
def connect():
    """Return a function (simulator, username, password) to a session."""
    return Rest


@pytest.fixture
def rest(sim):
    with Rest(sim) as session:
        yield session


# What the kernel puts into a folder that is made, by the folder's path below the root: {attribute: value}.
DEFAULTS = (
    (r"core/fileio_\d+", {"hba_info": "HBA Index: 1", "hba_mode": "0"}),
    (
        r"core/fileio_\d+/[^/]+",
        {
            "control": "",
            "udev_path": "",
            "enable": "0",
            "info": "",
            "wwn/vendor_id": "LIO-ORG",
            "wwn/product_id": "",
            "wwn/revision": "4.0",
            "wwn/company_id": "0x001405",
            "wwn/vpd_unit_serial": "T10 VPD Unit Serial Number: ",
            "alua/default_tg_pt_gp/alua_access_state": "0",
        },
    ),
    (
        r"iscsi/[^/]+/tpgt_1",
        {
            "enable": "0",
            "attrib/authentication": "1",
            "attrib/generate_node_acls": "0",
            "attrib/demo_mode_write_protect": "1",
            "acls/": None,
            "lun/": None,
            "np/": None,
            "param/": None,
        },
    ),
    (
        r"iscsi/[^/]+/tpgt_1/acls/[^/]+",
        {"info": "No active iSCSI Session for Initiator Endpoint: x", "attrib/": None, "param/": None},
    ),
    (r"fc/[^/]+/tpgt_1", {"acls/": None, "lun/": None, "np/": None, "param/": None}),
    (r"fc/[^/]+/tpgt_1/acls/[^/]+", {"node_name": "", "port_name": "", "attrib/": None, "param/": None}),
    (r"(iscsi|fc)/[^/]+/tpgt_1/acls/[^/]+/lun_\d+", {"write_protect": "", "statistics/": None}),
    (r"(iscsi|fc)/[^/]+/tpgt_1/lun/lun_\d+", {"alua_tg_pt_gp": "", "statistics/": None}),
)


class FakeKernel(Kernel):
    """Ordinary files in a folder that behave as configfs does (facts of kernel 6.1)."""

    def prepare(self, targets):
        (self.root / "core").mkdir(parents=True, exist_ok=True)
        for target in targets:
            self.portal_group(target).parents[1].mkdir(exist_ok=True)

    def _defaults(self, path):
        name = str(path.relative_to(self.root))
        return next((files for pattern, files in DEFAULTS if re.fullmatch(pattern, name)), {})

    def _make(self, path):
        if path.is_dir():
            return
        path.mkdir()  # the parent must be there
        for name, value in self._defaults(path).items():
            if value is None:
                (path / name).mkdir()
            else:
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_text(value)

    def _remove(self, path):
        """Remove a folder as rmdir in configfs does.

        What the kernel made is removed with it; what others made in it, or a link to it, prevents the removal.
        """
        if any(link.is_symlink() and link.resolve() == path for link in self.root.rglob("*")):
            raise OSError(16, "Device or resource busy", str(path))
        for name, value in reversed(self._defaults(path).items()):
            made = path / name
            if value is None:
                made.rmdir()
            else:
                made.unlink()
                if made.parent != path and not list(made.parent.iterdir()):
                    made.parent.rmdir()
        for folder in ("wwn", "alua"):
            if (path / folder).is_dir():
                (path / folder).rmdir()
        path.rmdir()

    def _write(self, path, text):
        if not path.exists():
            raise FileNotFoundError(2, "No such file or directory", str(path))
        text = str(text)
        device = path.parent.parent
        if path.parent.name == "wwn":
            if any(link.is_symlink() and link.resolve() == device for link in self.root.glob("*/*/*/lun/*/*")):
                raise OSError(22, "exported", str(path))
            if path.name == "vpd_unit_serial":
                text = f"T10 VPD Unit Serial Number: {text}"
            if path.name == "vendor_id" and len(text) > 8 or path.name == "product_id" and len(text) > 16:
                raise OSError(75, "Value too large", str(path))
        if path.name == "control":
            file, size = re.fullmatch(r"fd_dev_name=([^,]+),fd_dev_size=(\d+),fd_buffered_io=1", text).groups()
            (path.parent / "info").write_text(
                "Status: DEACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 16384\n"
                f"        TCM FILEIO ID: 0        File: {file}  Size: {size}  Mode: Buffered-WCE Async: 0\n"
            )
        if path.name == "alua_access_state" and self._read(path.parents[2] / "enable") != "1":
            raise OSError(19, "No such device", str(path))
        path.write_text(text)

    def _link(self, link, target):
        if any(path.is_symlink() for path in link.parent.iterdir()):
            raise FileExistsError(17, "File exists", str(link))
        super()._link(link, target)


@pytest.fixture
def kernel(tmp_path):
    return FakeKernel(tmp_path / "target", tmp_path / "sys")
