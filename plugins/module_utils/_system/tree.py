# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read text, bytes and links below a root directory, as the kernel shows them.

The root is / on a host and a recorded tree in the tests. A file that is missing or cannot be
read is None, a directory that is missing is empty: devices come and go while we look.
"""

import errno
import os
import posixpath
import stat

_CHUNK = 65536  # bytes
_PAGE = 4096
# We ran out of something, or the medium fails: that does not mean "not there". The reader fails then, and says so.
_NOT_AN_ANSWER = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO)


class Tree(object):
    """Files below *root*; every path is given absolute, as on the host (C(/sys/block/sda/size))."""

    def __init__(self, root="/"):
        self.root = root.rstrip("/")

    def data(self, path):
        """Return the bytes of a file, or None."""
        try:
            handle = os.open(self.root + path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as exc:
            return self._nothing(exc, None)
        # the system's calls alone: a host with a thousand paths has forty thousand such files, and a file object costs
        # twice as much
        try:
            chunks = [os.read(handle, _CHUNK)]
            while chunks[-1] and not (
                len(chunks[-1]) < _PAGE and path.startswith("/sys/")
            ):  # sysfs gives a page at a time, and what is less is all
                chunks.append(os.read(handle, _CHUNK))
            return b"".join(chunks)
        except OSError as exc:
            return self._nothing(exc, None)
        finally:
            os.close(handle)

    def text(self, path):
        """Return the text of a file without surrounding white space, or None. Bytes that are no UTF-8 are shown as
        \\xNN.
        """
        data = self.data(path)
        return None if data is None else data.decode("utf-8", "backslashreplace").strip()

    def number(self, path):
        """Return the integer in a file, or None."""
        try:
            return int(self.text(path) or "")
        except ValueError:
            return None

    def process_stat(self, path):
        """Return (name, the fields behind it as words) of a /proc/PID/stat, or of a thread's; ("", []) where it is not
        there. words[0] is the state, field 3 of proc(5). A name may hold anything, brackets too.
        """
        head, dummy, words = (self.text(path) or "").rpartition(") ")
        return head.partition("(")[2], words.split()

    def names(self, path, strict=False):
        """Return the sorted names in a directory; empty when there is none.

        *strict*: raise PermissionError where it may not be read: that is no "empty".
        """
        try:
            return sorted(os.listdir(self.root + path))
        except OSError as exc:
            return self._nothing(exc, [], strict)

    @staticmethod
    def _nothing(exc, answer, strict=False):
        if exc.errno in _NOT_AN_ANSWER or strict and isinstance(exc, PermissionError):
            raise exc
        return answer

    def exists(self, path):
        return os.path.exists(self.root + path)

    def link(self, path, strict=False):
        """Return where a symbolic link points, as it is written, or None.

        *strict*: raise PermissionError where it may not be read.
        """
        try:
            return os.readlink(self.root + path)
        except OSError as exc:
            if strict and isinstance(exc, PermissionError):
                raise
            return None

    def node(self, path):
        """Return ('block' or 'character', "major:minor") of the device file that *path* leads to, or None.

        This asks the file system that the file is on.
        """
        try:
            found = os.stat(self.root + path)
        except OSError as exc:
            return self._nothing(exc, None)
        kind = "block" if stat.S_ISBLK(found.st_mode) else "character" if stat.S_ISCHR(found.st_mode) else None
        return kind and (kind, "%d:%d" % (os.major(found.st_rdev), os.minor(found.st_rdev)))

    def block_number(self, path):
        """Return "major:minor" of the block device file that *path* leads to, or None.

        This asks the file system that the file is on.
        """
        found = self.node(path)
        return found[1] if found and found[0] == "block" else None

    def place(self, path):
        """Return where the link *path* leads, or *path* itself where it is no link. No other link is followed.

        To open a file there costs the kernel half of what it costs by way of the link.
        """
        target = self.link(path)
        return path if target is None else posixpath.normpath(posixpath.join(posixpath.dirname(path), target))

    def real(self, path):
        """Return the path with every link resolved, given below the root again."""
        real = os.path.realpath(self.root + path)
        return real[len(os.path.realpath(self.root)) :] if self.root else real
