# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in ONTAP's shape: an HTTP status and `{"error": {"message", "code", "target"}}`, where `code` is a string."""


class ApiError(Exception):
    """An answer that is not 2xx.

    status: HTTP's; code: ONTAP's, a string; target: the field or argument at fault.
    """

    def __init__(self, status, code, message, target=None):
        super().__init__(message)
        self.status = status
        self.code = str(code)
        self.message = message
        self.target = target

    def body(self):
        error = {"message": self.message, "code": self.code}
        if self.target:
            error["target"] = self.target
        return {"error": error}


def unauthenticated():
    return ApiError(401, "6691623", "User is not authorized.")


def unauthorized():
    return ApiError(403, "6", "not authorized for that command")


def no_such_api():
    return ApiError(404, "3", "API not found")


def method_not_allowed():
    return ApiError(405, "3", "Method not allowed for this API")


def no_such_entry(target="uuid"):
    return ApiError(404, "4", "entry doesn't exist", target)


def invalid_value(value, name, expected):
    return ApiError(400, "262197", f'The value "{value}" is invalid for field "{name}" (<{expected}>)', name)


def unexpected_argument(name):
    return ApiError(400, "262179", f'Unexpected argument "{name}".', name)


def missing_value(name):
    return ApiError(400, "262186", f'Field "{name}" is required.', name)


def invalid_json():
    return ApiError(400, "262198", "The request body is not a JSON object.")


# The SAN errors, by the code that ONTAP documents for them.
SAN = {
    "1254193": "The LUN is already mapped to an initiator of this initiator group by another initiator group",
    "1254197": "LUN is mapped",
    "1254207": "LUN already mapped to this group",
    "1254213": "The initiator group is mapped to one or more LUNs",
    "1254324": "The logical unit number is already in use for an initiator of this initiator group",
    "2621462": "The specified SVM does not exist",
    "5373993": "The specified portset does not exist",
    "5374034": "The specified initiator does not belong to the initiator group",
    "5374038": "The initiator group already has this initiator",
    "5374852": "The specified initiator group does not exist",
    "5374875": "The specified LUN does not exist",
    "5374927": "A LUN already exists with this name",
    "5374733": "An initiator group already exists with this name",
}


# Of roles and accounts, by the code that ONTAP documents for them.
SECURITY = {
    "1263347": "Cannot modify pre-defined roles",
    "5636129": "A role with given name has not been defined",
    "5636170": "URI does not exist",
    "5636172": "User accounts detected with this role assigned. Update or delete those accounts before deleting this "
    "role",
    "7077919": "The minimum length for new password does not meet the policy",
    "7077924": "New password must be different than the old password",
}


def security(code, detail="", target=None, status=400):
    return ApiError(status, code, f"{SECURITY[code]}{f' ({detail})' if detail else ''}.", target)


def duplicate(target):
    return ApiError(409, "1", "duplicate entry", target)


def san(code, detail="", target=None, status=400):
    return ApiError(status, code, f"{SAN[code]}{f' ({detail})' if detail else ''}.", target)
