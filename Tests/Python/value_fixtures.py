"""Values as protobuf's own Python encodes them: the Swift tests compare ours with them.

Run it to renew Tests/SchemaTests/Fixtures/values.txt.
"""

import pathlib
import random
import tempfile

import stubs

PATH = pathlib.Path(__file__).resolve().parents[1] / "SchemaTests" / "Fixtures" / "values.txt"
COUNT = 400
LETTERS = "abcz09_é☃\U0001f600"


def text(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, 12)))


def key(rng):
    """A map key. None is empty, which protobuf-c leaves out and other encoders write, and none is
    the beginning of another, which Python sorts after the longer one."""
    return text(rng) + "!"


def fill(value, rng, depth):
    kinds = ["null", "bool", "int", "double", "string", "bytes", "unknown"]
    if depth > 0:
        kinds += ["list", "map", "secret", "reference"] * 2
    kind = rng.choice(kinds)
    if kind == "null":
        value.null_value = 0
    elif kind == "bool":
        value.bool_value = rng.random() < 0.5
    elif kind == "int":
        value.int_value = rng.choice([0, 1, -1, 127, 128, 2**63 - 1, -(2**63), rng.getrandbits(40)])
    elif kind == "double":
        value.double_value = rng.choice([0.0, -0.0, 1.5, 5e-324, 1.7e308, rng.uniform(-1e6, 1e6)])
    elif kind == "string":
        value.string_value = text(rng)
    elif kind == "bytes":
        value.bytes_value = rng.randbytes(rng.randint(0, 300))
    elif kind == "unknown":
        value.unknown_value.source = text(rng)
    elif kind == "list":
        value.list_value.SetInParent()
        for _ in range(rng.randint(0, 4)):
            fill(value.list_value.values.add(), rng, depth - 1)
    elif kind == "map":
        value.map_value.SetInParent()
        for _ in range(rng.randint(0, 4)):
            fill(value.map_value.entries[key(rng)], rng, depth - 1)
    elif kind == "secret":
        fill(value.secret_value.value, rng, depth - 1)
    else:
        value.reference_value.type = text(rng)
        for _ in range(rng.randint(0, 3)):
            fill(value.reference_value.arguments[key(rng)], rng, depth - 1)


def lines():
    """One value a line, deterministic encoding in hexadecimal; the same in each run."""
    message = stubs.messages("southbound/value/v1/value").Value
    rng = random.Random(20261123)
    result = []
    for _ in range(COUNT):
        value = message()
        fill(value, rng, depth=4)
        result.append(value.SerializeToString(deterministic=True).hex())
    return result


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        stubs.make(folder)
        PATH.write_text("\n".join(lines()) + "\n")
