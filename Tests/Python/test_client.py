"""A stock gRPC client calls every service of the real processes."""

import getpass
import hashlib
import queue
import threading
import uuid

import grpc
import pytest

import stubs
from services import LIMIT, Services, refused, stub, wait_for


def model(folder, text="hello", more=""):
    return (
        'host = std::Host(name="web1", os=std::linux)\n'
        f'std::Directory(host=host, path="{folder}/site")\n'
        f'std::File(host=host, path="{folder}/site/page", content="{text}", '
        f'owner="{getpass.getuser()}", requires=std::Directory[host=host, path="{folder}/site"])\n'
        + more
    )


def compile_model(services, text, goal="COMPILE_GOAL_RELEASE"):
    """Compiles one file and returns all answers."""
    messages = stubs.messages("southbound/compiler/v1/compiler")
    start = messages.CompileStart(
        environment="default", goal=goal, idempotency_key=str(uuid.uuid4()), message="a test")
    requests = [
        messages.CompileRequest(start=start),
        messages.CompileRequest(
            file=messages.ProjectFile(path="main.cf", contents=text.encode())),
    ]
    compiler = stub(services, "compiler", "southbound/compiler/v1/compiler", "Compiler")
    return list(compiler.Compile(iter(requests), timeout=LIMIT))


def summary(answers):
    assert answers[-1].WhichOneof("kind") == "summary"
    return answers[-1].summary


def collect(call, into):
    """Puts the messages of a stream into a queue, in a thread of its own."""

    def run():
        try:
            for message in call:
                into.put(message)
        except grpc.RpcError as error:
            into.put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


# MARK: what every process offers


@pytest.mark.parametrize("process", Services.NAMES)
def test_health_is_serving(services, process):
    messages = stubs.messages("grpc/health/v1/health")
    health = stub(services, process, "grpc/health/v1/health", "Health")
    request = messages.HealthCheckRequest()
    serving = messages.HealthCheckResponse.SERVING
    assert health.Check(request, timeout=LIMIT).status == serving
    watch = health.Watch(request, timeout=LIMIT)
    assert next(watch).status == serving
    watch.cancel()
    unknown = messages.HealthCheckRequest(service="no.Such")
    refused(grpc.StatusCode.NOT_FOUND, lambda: health.Check(unknown, timeout=LIMIT))


@pytest.mark.parametrize("process", Services.NAMES)
@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_gives_the_schema_of_every_service(services, process, version):
    path = f"grpc/reflection/{version}/reflection"
    messages = stubs.messages(path)
    reflection = stub(services, process, path, "ServerReflection")

    def ask(**question):
        request = messages.ServerReflectionRequest(**question)
        return next(reflection.ServerReflectionInfo(iter([request]), timeout=LIMIT))

    names = [one.name for one in ask(list_services="*").list_services_response.service]
    assert any(name.startswith("southbound.") for name in names)
    for name in names:
        answer = ask(file_containing_symbol=name)
        assert answer.file_descriptor_response.file_descriptor_proto, name
    assert ask(file_containing_symbol="no.Such").error_response.error_code == 5


# MARK: the server


def test_environments(services):
    messages = stubs.messages("southbound/environments/v1/environments")
    environments = stub(
        services, "server", "southbound/environments/v1/environments", "Environments")
    made = environments.Create(messages.CreateRequest(name="other"), timeout=LIMIT)
    assert made.name == "other"
    again = messages.CreateRequest(name="other")
    refused(grpc.StatusCode.ALREADY_EXISTS, lambda: environments.Create(again, timeout=LIMIT))
    bad = messages.CreateRequest(name="no/slash")
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: environments.Create(bad, timeout=LIMIT))
    assert environments.Get(messages.GetRequest(name="other"), timeout=LIMIT).name == "other"
    absent = messages.GetRequest(name="absent")
    refused(grpc.StatusCode.NOT_FOUND, lambda: environments.Get(absent, timeout=LIMIT))
    listed = environments.List(messages.ListRequest(), timeout=LIMIT).environments
    assert {"default", "other"} <= {one.name for one in listed}
    assert environments.Halt(messages.HaltRequest(name="other"), timeout=LIMIT).halted
    assert not environments.Resume(messages.ResumeRequest(name="other"), timeout=LIMIT).halted
    settings = messages.Settings(deploy_interval_seconds=60, versions_kept=5)
    changed = environments.UpdateSettings(
        messages.UpdateSettingsRequest(name="other", settings=settings), timeout=LIMIT)
    assert changed.settings.deploy_interval_seconds == 60
    environments.Delete(messages.DeleteRequest(name="other"), timeout=LIMIT)
    gone = messages.GetRequest(name="other")
    refused(grpc.StatusCode.NOT_FOUND, lambda: environments.Get(gone, timeout=LIMIT))


def test_files(services):
    messages = stubs.messages("southbound/files/v1/files")
    files = stub(services, "server", "southbound/files/v1/files", "Files")
    contents = b"some bytes\0" * 1000
    digest = hashlib.sha256(contents).digest()
    question = messages.FindMissingRequest(digests=[digest])
    assert list(files.FindMissing(question, timeout=LIMIT).digests) == [digest]
    ask = messages.DownloadRequest(digest=digest)
    refused(grpc.StatusCode.NOT_FOUND, lambda: list(files.Download(ask, timeout=LIMIT)))
    wrong = [messages.UploadRequest(digest=digest, contents=b"other", last=True)]
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: files.Upload(iter(wrong), timeout=LIMIT))
    pieces = [
        messages.UploadRequest(digest=digest, contents=contents[:4000]),
        messages.UploadRequest(contents=contents[4000:], last=True),
    ]
    stored = files.Upload(iter(pieces), timeout=LIMIT)
    assert (stored.files, stored.bytes) == (1, len(contents))
    assert not files.FindMissing(question, timeout=LIMIT).digests
    assert b"".join(one.contents for one in files.Download(ask, timeout=LIMIT)) == contents
    other = b"others"
    digests = [hashlib.sha256(other).digest(), digest]
    many = [messages.UploadRequest(digest=digests[0], contents=other, last=True)]
    files.Upload(iter(many), timeout=LIMIT)
    fetched = []
    for response in files.Fetch(messages.FetchRequest(digests=digests), timeout=LIMIT):
        for piece in response.pieces:
            if not fetched or fetched[-1][2]:
                fetched.append([piece.digest, b"", False])
            fetched[-1][1] += piece.contents
            fetched[-1][2] = piece.last
    assert fetched == [[digests[0], other, True], [digests[1], contents, True]]
    unknown = messages.FetchRequest(digests=[hashlib.sha256(b"nobody has this").digest()])
    refused(grpc.StatusCode.NOT_FOUND, lambda: list(files.Fetch(unknown, timeout=LIMIT)))
    short = messages.FetchRequest(digests=[b"short"])
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: list(files.Fetch(short, timeout=LIMIT)))


def test_versions(services):
    environments = stubs.messages("southbound/environments/v1/environments")
    stub(
        services, "server", "southbound/environments/v1/environments", "Environments"
    ).Create(environments.CreateRequest(name="versions"), timeout=LIMIT)
    messages = stubs.messages("southbound/versions/v1/versions")
    resources = stubs.messages("southbound/resource/v1/resource")
    versions = stub(services, "server", "southbound/versions/v1/versions", "Versions")

    def resource(name, number):
        one = resources.Resource(
            id=f"test::Thing[lab1,name={name}]",
            attribute_hash=hashlib.sha256(f"{name}{number}".encode()).digest())
        one.fields["number"].int_value = number
        return one

    def put(*made, key=None, **start):
        begin = messages.PutStart(
            environment="versions", idempotency_key=key or str(uuid.uuid4()), **start)
        return versions.Put(
            iter([
                messages.PutRequest(start=begin),
                messages.PutRequest(batch=messages.PutBatch(resources=made)),
                messages.PutRequest(end=messages.PutEnd(resources=len(made))),
            ]), timeout=LIMIT)

    reserved = versions.Reserve(
        messages.ReserveRequest(environment="versions"), timeout=LIMIT).version
    first = put(resource("a", 1), resource("b", 1), version=reserved, key="k").version
    assert (first.number, first.resources) == (reserved, 2)
    assert put(resource("a", 1), resource("b", 1), key="k").already_stored
    second = put(resource("a", 2), resource("c", 1), release=True).version
    assert second.number > first.number
    old = messages.ReleaseRequest(environment="versions", version=first.number)
    refused(grpc.StatusCode.FAILED_PRECONDITION, lambda: versions.Release(old, timeout=LIMIT))
    third = put(resource("a", 3)).version
    released = versions.Release(
        messages.ReleaseRequest(environment="versions", version=third.number), timeout=LIMIT)
    assert released.status == messages.VERSION_STATUS_ACTIVE
    listed = versions.List(messages.ListRequest(environment="versions"), timeout=LIMIT).versions
    assert [one.number for one in listed] == [third.number, second.number, first.number]
    answers = versions.GetResources(
        messages.GetResourcesRequest(environment="versions", version=second.number),
        timeout=LIMIT)
    ids = [one.id for answer in answers for one in answer.resources]
    assert ids == ["test::Thing[lab1,name=a]", "test::Thing[lab1,name=c]"]
    differences = versions.Diff(
        messages.DiffRequest(
            environment="versions", from_version=first.number, to_version=second.number),
        timeout=LIMIT)
    assert {one.resource_id[-2]: one.kind for one in differences} == {
        "a": messages.DIFF_KIND_MODIFIED,
        "b": messages.DIFF_KIND_DELETED,
        "c": messages.DIFF_KIND_ADDED,
    }
    active = messages.DeleteRequest(environment="versions", version=third.number)
    refused(grpc.StatusCode.FAILED_PRECONDITION, lambda: versions.Delete(active, timeout=LIMIT))
    versions.Delete(
        messages.DeleteRequest(environment="versions", version=first.number), timeout=LIMIT)
    bad = resource("a", 1)
    bad.id = "nonsense"
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: put(bad))


def test_lists_of_many_megabytes_pass_the_limit_of_stock_clients(services):
    environments = stubs.messages("southbound/environments/v1/environments")
    stub(
        services, "server", "southbound/environments/v1/environments", "Environments"
    ).Create(environments.CreateRequest(name="large"), timeout=LIMIT)
    messages = stubs.messages("southbound/versions/v1/versions")
    resources = stubs.messages("southbound/resource/v1/resource")
    versions = stub(services, "server", "southbound/versions/v1/versions", "Versions")

    def put(sizes):
        def requests():
            yield messages.PutRequest(
                start=messages.PutStart(environment="large", release=True, message="m" * 4000))
            for number, size in enumerate(sizes):
                one = resources.Resource(
                    id=f"test::Thing[none,name=n{number}]", attribute_hash=bytes(32))
                one.fields["text"].string_value = "x" * size
                yield messages.PutRequest(batch=messages.PutBatch(resources=[one]))
            yield messages.PutRequest(end=messages.PutEnd(resources=len(sizes)))

        return versions.Put(requests(), timeout=LIMIT).version

    sizes = [1 << 20] * 8
    version = put(sizes)
    listing = stubs.messages("southbound/resources/v1/resources")
    service = stub(services, "server", "southbound/resources/v1/resources", "Resources")
    listed, pages, after = [], 0, ""
    while not pages or after:
        page = service.List(
            listing.ListRequest(environment="large", with_fields=True, after=after), timeout=LIMIT)
        listed += [len(one.resource.fields["text"].string_value) for one in page.resources]
        pages, after = pages + 1, page.next_after
    assert listed == sizes
    assert pages > 1
    answers = versions.GetResources(
        messages.GetResourcesRequest(environment="large"), timeout=LIMIT)
    assert sum(len(answer.resources) for answer in answers) == 8

    with pytest.raises(grpc.RpcError) as error:
        put([1, 3 << 20])
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "test::Thing[none,name=n1] has about 31" in error.value.details()
    newest = versions.List(
        messages.ListRequest(environment="large"), timeout=LIMIT).versions[0]
    assert newest.number == version.number


def test_an_agent_in_another_language_connects(services):
    messages = stubs.messages("southbound/sessions/v1/sessions")
    sessions = stub(services, "server", "southbound/sessions/v1/sessions", "AgentSessions")
    outgoing = queue.Queue()
    hello = messages.Hello(
        environment="versions", instance_id=uuid.uuid4().bytes, name_patterns=["lab*"],
        software_version="python")
    outgoing.put(messages.AgentMessage(hello=hello))
    call = sessions.Connect(iter(outgoing.get, None), timeout=LIMIT)
    first = next(call)
    assert first.WhichOneof("kind") == "welcome"
    assert first.welcome.lease_seconds > 0
    for message in call:
        if message.WhichOneof("kind") == "desired_state" and message.desired_state.last:
            break
    assert [one.id for one in message.desired_state.resources] == ["test::Thing[lab1,name=a]"]
    listed = sessions.List(messages.ListRequest(environment="versions"), timeout=LIMIT).agents
    assert [(one.name, one.connected) for one in listed] == [("lab1", True)]
    outgoing.put(None)
    call.cancel()


# MARK: the whole way


def test_logs_are_live_while_a_deployment_runs(services):
    log = stubs.messages("southbound/agent/v1/agent_logs")
    agent_logs = stub(services, "agent", "southbound/agent/v1/agent_logs", "AgentLogs")
    states = stubs.messages("southbound/resources/v1/resources")
    resources = stub(services, "server", "southbound/resources/v1/resources", "Resources")
    live = queue.Queue()
    call = agent_logs.StreamLogs(log.StreamLogsRequest(), timeout=60)
    collect(call, live)
    assert live.get(timeout=LIMIT).is_current

    watched = queue.Queue()
    watching = resources.Watch(states.WatchRequest(environment="default"), timeout=60)
    collect(watching, watched)
    done = summary(compile_model(services, model(services.folder)))
    assert done.succeeded and done.version > 0 and done.resources == 2

    page = services.folder / "site" / "page"
    wait_for("the page", page.exists)
    wanted = f"std::File[web1,path={page}]"
    compliant = stubs.messages("southbound/resource/v1/resource").COMPLIANCE_COMPLIANT
    found = None
    while found is None:
        message = watched.get(timeout=LIMIT)
        assert not isinstance(message, grpc.RpcError), message
        for state in message.states:
            if state.resource_id == wanted and state.compliance == compliant:
                found = state
    assert found.version == done.version
    assert page.read_text() == "hello"
    watching.cancel()

    entries = []
    while not any(entry.resource_id == wanted for entry in entries):
        message = live.get(timeout=LIMIT)
        assert not isinstance(message, grpc.RpcError), message
        entries += message.entries
    call.cancel()
    assert [one.sequence for one in entries] == sorted({one.sequence for one in entries})
    assert all(one.agent == "web1" and one.text for one in entries if one.resource_id)


def test_what_happened_is_stored(services):
    messages = stubs.messages("southbound/resources/v1/resources")
    resources = stub(services, "server", "southbound/resources/v1/resources", "Resources")
    listed = resources.List(
        messages.ListRequest(environment="default", with_fields=True), timeout=LIMIT)
    page = next(one for one in listed.resources if one.resource.id.endswith("/page]"))
    name = page.resource.id
    assert page.resource.fields["owner"].string_value == getpass.getuser()
    view = resources.Get(
        messages.GetRequest(environment="default", resource_id=name), timeout=LIMIT)
    assert view.version == listed.version

    def actions():
        return resources.ListActions(
            messages.ListActionsRequest(
                environment="default", resource_id=name, with_entries=True),
            timeout=LIMIT).actions

    run = wait_for("the action", actions)[0]
    assert run.change == stubs.messages("southbound/resource/v1/resource").CHANGE_CREATED
    assert run.agent == "web1" and run.entries
    resources.ListFacts(messages.ListFactsRequest(environment="default"), timeout=LIMIT)
    logs = stubs.messages("southbound/logs/v1/logs")
    stream = stub(services, "server", "southbound/logs/v1/logs", "Logs").Stream(
        logs.StreamRequest(environment="default"), timeout=LIMIT)
    stored = [entry for message in stream for entry in message.entries]
    assert any(entry.resource_id == name for entry in stored)


def test_drift_is_planned_and_repaired(services):
    messages = stubs.messages("southbound/resources/v1/resources")
    resources = stub(services, "server", "southbound/resources/v1/resources", "Resources")
    page = services.folder / "site" / "page"
    page.write_text("defaced")
    plan = resources.Plan(messages.PlanRequest(environment="default", check=True), timeout=LIMIT)
    planned = {one.resource_id: one for answer in plan for one in answer.resources}
    changed = planned[f"std::File[web1,path={page}]"]
    assert changed.result == messages.PLAN_RESULT_UPDATE and changed.changes
    assert page.read_text() == "defaced"
    answer = resources.Deploy(
        messages.DeployRequest(environment="default", mode="DEPLOY_MODE_REPAIR"), timeout=LIMIT)
    assert list(answer.agents) == ["web1"] and answer.resources == 2
    wait_for("the repair", lambda: page.read_text() == "hello")


def test_the_agent_is_controlled(services):
    messages = stubs.messages("southbound/agent/v1/agent_control")
    control = stub(services, "agent", "southbound/agent/v1/agent_control", "AgentControl")
    status = control.GetStatus(messages.GetStatusRequest(), timeout=LIMIT)
    assert status.connected and status.resources == 2 and list(status.name_patterns) == ["web*"]
    assert len(control.ListStates(messages.ListStatesRequest(), timeout=LIMIT).states) == 2
    assert control.Pause(messages.PauseRequest(), timeout=LIMIT).paused
    assert not control.Resume(messages.ResumeRequest(), timeout=LIMIT).paused
    deploy = messages.AgentDeployRequest(mode="DEPLOY_MODE_REPAIR")
    assert control.Deploy(deploy, timeout=LIMIT).resources == 2

    def settled():
        now = control.GetStatus(messages.GetStatusRequest(), timeout=LIMIT)
        return now.pending == 0 and now.running == 0

    # The next test looks into the cache, which a repair would fill again.
    wait_for("the repair", settled)


def test_a_cache_entry_is_invalidated(services):
    messages = stubs.messages("southbound/agent/v1/agent_cache")
    cache = stub(services, "agent", "southbound/agent/v1/agent_cache", "AgentCache")

    def entries(**conditions):
        request = messages.ListCacheRequest(filter=messages.CacheFilter(**conditions))
        return cache.List(request, timeout=LIMIT).entries

    # The handler of files looks up the owner.
    key = wait_for("a cache entry", entries)[0].key
    before = cache.GetStatistics(messages.GetCacheStatisticsRequest(), timeout=LIMIT)
    request = messages.InvalidateCacheRequest(filter=messages.CacheFilter(key=key))
    assert cache.Invalidate(request, timeout=LIMIT).invalidated >= 1
    assert not entries(key=key)
    after = cache.GetStatistics(messages.GetCacheStatisticsRequest(), timeout=LIMIT)
    assert after.invalidated > before.invalidated
    nothing = messages.InvalidateCacheRequest()
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: cache.Invalidate(nothing, timeout=LIMIT))


def test_a_model_with_errors_is_told_where(services):
    answers = compile_model(services, 'host = std::Hast(name="x")\n', "COMPILE_GOAL_COMPILE")
    assert not summary(answers).succeeded
    diagnostics = [one.diagnostic for one in answers if one.WhichOneof("kind") == "diagnostic"]
    assert diagnostics and diagnostics[0].id and diagnostics[0].range.line == 1


def test_the_exporter_exports_a_model_of_anyone(services):
    messages = stubs.messages("southbound/exporter/v1/exporter")
    exporter = stub(services, "exporter", "southbound/exporter/v1/exporter", "Exporter")
    requests = [messages.ExportRequest(start=messages.ExportStart(environment="default"))]
    answers = list(exporter.Export(iter(requests), timeout=LIMIT))
    assert answers[-1].summary.succeeded and answers[-1].summary.resources == 0


def test_bad_bytes_are_refused_and_do_no_harm(services):
    for process, path in [
        ("server", "/southbound.versions.v1.Versions/List"),
        ("agent", "/southbound.agent.v1.AgentCache/List"),
    ]:
        raw = services.raw_channel(process).unary_unary(path)
        deep = b"\x0b" * 600 + b"\x0c" * 600
        for bad in [b"\x0a\x05a", b"\x0a\x01\xff", b"\x0a\x03a\0b", deep]:
            refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: raw(bad, timeout=LIMIT))
    test_health_is_serving(services, "server")


def test_every_method_was_called(services):
    """The last test: what the others have called is all there is."""
    wanted = set()
    for path in stubs.files():
        # Not served by the four: the benchmark, what Python processes serve, the interop suite.
        if path.startswith(("bench/", "southbound/function/", "grpc/testing/")):
            continue
        descriptor = stubs.messages(path.removesuffix(".proto")).DESCRIPTOR
        for service in descriptor.services_by_name.values():
            wanted |= {f"/{service.full_name}/{method.name}" for method in service.methods}
    assert wanted - services.called == set()
