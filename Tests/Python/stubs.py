"""Stubs of all protos, made by grpcio-tools in a folder of their own."""

import importlib
import pathlib
import sys

import grpc
from grpc_tools import protoc

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "Protos"


def files():
    """Paths of the protos, as they import each other."""
    return sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))


def make(folder):
    """Writes the stubs into the folder and makes them importable."""
    arguments = ["protoc", f"-I{PROTOS}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(arguments + files()) != 0:
        raise RuntimeError("protoc refuses the protos")
    sys.path.insert(0, str(folder))
    # grpc.health and grpc.reflection are packages inside the grpc of grpcio.
    grpc.__path__.append(str(pathlib.Path(folder) / "grpc"))


def messages(path):
    """The module with the messages of a proto, by its path without `.proto`."""
    return importlib.import_module(path.replace("/", ".") + "_pb2")


def services(path):
    """The module with the stubs of a proto, by its path without `.proto`."""
    return importlib.import_module(path.replace("/", ".") + "_pb2_grpc")
