"""Names with a fixed meaning."""

from __future__ import annotations

import enum


class ResourceState(str, enum.Enum):
    unavailable = "unavailable"
    skipped = "skipped"
    dry = "dry"
    deployed = "deployed"
    failed = "failed"
    deploying = "deploying"
    available = "available"
    undefined = "undefined"
    skipped_for_undefined = "skipped_for_undefined"
    non_compliant = "non_compliant"


class HandlerResourceState(str, enum.Enum):
    skipped = "skipped"
    deployed = "deployed"
    failed = "failed"
    unavailable = "unavailable"
    skipped_for_dependency = "skipped_for_dependency"
    non_compliant = "non_compliant"


class Change(str, enum.Enum):
    nochange = "nochange"
    created = "created"
    purged = "purged"
    updated = "updated"


class ParameterSource(str, enum.Enum):
    fact = "fact"
    plugin = "plugin"
    user = "user"
    form = "form"
    report = "report"


class LogLevel(str, enum.Enum):
    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"
    DEBUG = "DEBUG"
    TRACE = "TRACE"


ENVIRON_FORCE_TTY = "FORCE_TTY"
INMANTA_URN = "urn:inmanta:"
PLUGINS_PACKAGE = "inmanta_plugins"
TIME_ISOFMT = "%Y-%m-%dT%H:%M:%S.%f"
DATETIME_MIN_UTC = None
