"""The messages of ``southbound.function.v1``, made from the descriptors beside this file.

No code is generated for them, so any protobuf runtime from 4.21 on will do.
"""

from __future__ import annotations

import pathlib
from types import SimpleNamespace

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "southbound.function.v1"
SERVICE = f"{PACKAGE}.Functions"


def _message_class(descriptor):
    get = getattr(message_factory, "GetMessageClass", None)
    if get is not None:
        return get(descriptor)
    return message_factory.MessageFactory().GetPrototype(descriptor)


def _load() -> SimpleNamespace:
    content = (pathlib.Path(__file__).parent / "Generated" / "function.binpb").read_bytes()
    files = descriptor_pb2.FileDescriptorSet.FromString(content)
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    names = SimpleNamespace()
    for file in files.file:
        if file.package != PACKAGE:
            continue
        for message in file.message_type:
            descriptor = pool.FindMessageTypeByName(f"{PACKAGE}.{message.name}")
            setattr(names, message.name, _message_class(descriptor))
    return names


messages = _load()
