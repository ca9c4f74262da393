"""Prints the table of the interop suite: case by pairing and way. Exits with 1 if one fails."""

import pathlib
import sys
import tempfile

import interop
import stubs


def run_pairing(client, server, files, folder):
    """Runs all cases of a pairing; returns the results by way and case."""
    limits = interop.LIMITS[client, server]
    results = {}
    for way in interop.WAYS:
        running = interop.start_server(server, way, files, folder)
        try:
            for case in interop.CASES:
                if limits.get(case, "") is None:
                    continue
                results[way, case] = interop.run(client, case, way, running.target, files)
        finally:
            running.stop()
    return results


def print_pairing(client, server, results):
    """Prints the table of a pairing; returns the number of failures."""
    limits = interop.LIMITS[client, server]
    notes, failures = [], []
    width = max(len(case) for case in interop.CASES)
    heads = [str(way) for way in interop.WAYS]
    print(f"\n{client} client, {server} server")
    print(f"{'case':{width}}  " + "  ".join(heads))
    for case in interop.CASES:
        mark = ""
        if case in limits:
            note = limits[case] or interop.IMPOSSIBLE
            if note not in notes:
                notes.append(note)
            mark = f" [{notes.index(note) + 1}]"
        cells = []
        for way, head in zip(interop.WAYS, heads):
            if (way, case) not in results:
                text = "n/p"
            elif results[way, case] is None:
                text = "pass"
            else:
                text = "FAIL"
                failures.append(f"{case}, {way}: {results[way, case]}")
            cells.append(f"{text + mark:{len(head)}}")
        print(f"{case:{width}}  " + "  ".join(cells))
    for number, note in enumerate(notes, 1):
        print(f"[{number}] {note}")
    for failure in failures:
        print(f"FAIL {failure}")
    return len(failures)


def main():
    failures = passed = 0
    with tempfile.TemporaryDirectory(prefix="interop-") as folder:
        generated = pathlib.Path(folder) / "stubs"
        generated.mkdir()
        stubs.make(generated)
        certificates = pathlib.Path(folder) / "certificates"
        certificates.mkdir()
        files = interop.make_certificates(certificates)
        for client, server in sorted(interop.PAIRINGS, reverse=True):
            results = run_pairing(client, server, files, folder)
            failed = print_pairing(client, server, results)
            failures += failed
            passed += len(results) - failed
    print(f"\n{passed} passed, {failures} failed; n/p is not possible")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
