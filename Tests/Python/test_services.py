"""Everything that the command line can do, a stock gRPC client can do: each RPC of each service is
called by grpcio, with stubs that grpcio-tools made from Protos, against the real processes."""

import hashlib
import threading

import grpc
import pytest

import processes
import stubs

SECONDS = 30
CALLED = set()
ENVIRONMENT = "default"


class Recorder(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Notes which methods were called."""

    def record(self, continuation, details, request):
        CALLED.add(details.method)
        return continuation(details, request)

    intercept_unary_unary = record
    intercept_unary_stream = record
    intercept_stream_unary = record
    intercept_stream_stream = record


class Client:
    """Stubs by service name, each over a channel to the process that serves it."""

    def __init__(self, services):
        self.services = services
        self.channels = {
            name: grpc.intercept_channel(grpc.insecure_channel(services.target(name)), Recorder())
            for name in processes.ORDER
        }

    def stub(self, process, path, service):
        return getattr(stubs.services(path), f"{service}Stub")(self.channels[process])


def area(name, file=None):
    return f"southbound/{name}/v1/{file or name}"


def message(name, kind, file=None, **fields):
    return getattr(stubs.messages(area(name, file)), kind)(**fields)


@pytest.fixture(scope="module")
def client(schema, tmp_path_factory):
    with processes.Services(tmp_path_factory.mktemp("services")) as services:
        yield Client(services)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return tmp_path_factory.mktemp("world")


def compile_requests(text, goal, key="", environment=ENVIRONMENT):
    start = message(
        "compiler", "CompileStart", environment=environment, goal=goal, idempotency_key=key,
        main_file="main.cf",
    )
    yield message("compiler", "CompileRequest", start=start)
    for path, contents in [("project.yml", b"name: python\n"), ("main.cf", text.encode())]:
        file = message("compiler", "ProjectFile", path=path, contents=contents)
        yield message("compiler", "CompileRequest", file=file)


def deploy(client, text, key=""):
    """Compiles and releases a model, waits until it is settled, and returns the summary."""
    compiler = client.stub("compiler", area("compiler"), "Compiler")
    goal = stubs.messages(area("compiler")).COMPILE_GOAL_RELEASE
    responses = list(compiler.Compile(compile_requests(text, goal, key), timeout=SECONDS))
    summary = responses[-1].summary
    assert summary.succeeded, responses
    settle(client, summary.version)
    return summary


def settle(client, version):
    resources = client.stub("server", area("resources"), "Resources")
    request = message(
        "resources", "WatchRequest", environment=ENVIRONMENT, until_settled=True, version=version
    )
    last = None
    for last in resources.Watch(request, timeout=SECONDS):
        pass
    assert last is not None and last.settled and last.version == version


def model(world, content):
    return f"""
host = std::Host(name="web1", os=std::linux)
std::File(host=host, path="{world}/page", content="{content}")
std::Directory(host=host, path="{world}/folder")
"""


def page_id(world):
    return f"std::File[web1,path={world}/page]"


def test_health_of_every_process(client):
    health = stubs.messages("grpc/health/v1/health")
    for name in processes.ORDER:
        stub = client.stub(name, "grpc/health/v1/health", "Health")
        answer = stub.Check(health.HealthCheckRequest(), timeout=SECONDS)
        assert answer.status == health.HealthCheckResponse.SERVING, name
    watch = stub.Watch(health.HealthCheckRequest(), timeout=SECONDS)
    assert next(watch).status == health.HealthCheckResponse.SERVING
    watch.cancel()


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_of_every_process(client, version):
    path = f"grpc/reflection/{version}/reflection"
    reflection = stubs.messages(path)
    wanted = {
        "server": "southbound.versions.v1.Versions",
        "exporter": "southbound.exporter.v1.Exporter",
        "compiler": "southbound.compiler.v1.Compiler",
        "agent": "southbound.agent.v1.AgentCache",
    }
    for name, service in wanted.items():
        stub = client.stub(name, path, "ServerReflection")
        requests = [
            reflection.ServerReflectionRequest(list_services=""),
            reflection.ServerReflectionRequest(file_containing_symbol=service),
        ]
        answers = list(stub.ServerReflectionInfo(iter(requests), timeout=SECONDS))
        assert service in {item.name for item in answers[0].list_services_response.service}
        assert answers[1].file_descriptor_response.file_descriptor_proto


def test_environments(client):
    stub = client.stub("server", area("environments"), "Environments")
    made = stub.Create(
        message("environments", "CreateRequest", name="python", description="by grpcio"),
        timeout=SECONDS,
    )
    assert made.name == "python" and made.released_version == 0
    with pytest.raises(grpc.RpcError) as error:
        stub.Create(message("environments", "CreateRequest", name="python"), timeout=SECONDS)
    assert error.value.code() == grpc.StatusCode.ALREADY_EXISTS

    name = {"name": "python"}
    assert stub.Get(message("environments", "GetRequest", **name)).description == "by grpcio"
    listed = stub.List(message("environments", "ListRequest"), timeout=SECONDS).environments
    assert "python" in [environment.name for environment in listed]
    settings = message("environments", "Settings", deploy_interval_seconds=30)
    changed = stub.UpdateSettings(
        message("environments", "UpdateSettingsRequest", settings=settings, **name)
    )
    assert changed.settings.deploy_interval_seconds == 30
    assert stub.Halt(message("environments", "HaltRequest", **name)).halted
    assert not stub.Resume(message("environments", "ResumeRequest", **name)).halted
    stub.Delete(message("environments", "DeleteRequest", **name), timeout=SECONDS)
    with pytest.raises(grpc.RpcError) as error:
        stub.Get(message("environments", "GetRequest", **name), timeout=SECONDS)
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_deployment_with_its_log_from_the_agent(client, world):
    agent_logs = client.stub("agent", area("agent", "agent_logs"), "AgentLogs")
    level = stubs.messages(area("log")).LOG_LEVEL_DEBUG
    request = message(
        "agent", "StreamLogsRequest", "agent_logs",
        filter=message("log", "LogFilter", minimum_level=level),
    )
    stream = agent_logs.StreamLogs(request, timeout=SECONDS)
    seen, found = [], threading.Event()

    def listen():
        try:
            for response in stream:
                seen.extend(response.entries)
                if any(entry.resource_id.startswith(page_id(world)) for entry in seen):
                    found.set()
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.CANCELLED

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        summary = deploy(client, model(world, "one"), key="python-1")
        assert found.wait(SECONDS), f"no log line about the page among {len(seen)}"
    finally:
        stream.cancel()
        listener.join()
    assert (world / "page").read_text() == "one"
    assert (world / "folder").is_dir()

    again = deploy(client, model(world, "one"), key="python-1")
    assert again.version == summary.version, "the same key makes no second version"


def test_a_model_with_errors_says_where(client):
    compiler = client.stub("compiler", area("compiler"), "Compiler")
    goal = stubs.messages(area("compiler")).COMPILE_GOAL_COMPILE
    responses = list(compiler.Compile(compile_requests("x = y\n", goal), timeout=SECONDS))
    assert not responses[-1].summary.succeeded
    diagnostics = [item.diagnostic for item in responses if item.HasField("diagnostic")]
    assert diagnostics and diagnostics[0].range.line == 1 and diagnostics[0].id


def test_the_exporter_alone(client):
    exporter = client.stub("exporter", area("exporter"), "Exporter")
    start = message("exporter", "ExportStart", environment=ENVIRONMENT)
    requests = [
        message("exporter", "ExportRequest", start=start),
        message("exporter", "ExportRequest", batch=message("exporter", "ModelBatch")),
    ]
    responses = list(exporter.Export(iter(requests), timeout=SECONDS))
    assert responses[-1].summary.succeeded and responses[-1].summary.resources == 0


def test_resources_and_their_history(client, world):
    stub = client.stub("server", area("resources"), "Resources")
    where = {"environment": ENVIRONMENT}
    listed = stub.List(message("resources", "ListRequest", with_fields=True, **where))
    assert {view.resource.id for view in listed.resources} >= {page_id(world)}
    compliant = stubs.messages(area("resource")).COMPLIANCE_COMPLIANT
    view = stub.Get(message("resources", "GetRequest", resource_id=page_id(world), **where))
    assert view.state.compliance == compliant
    actions = stub.ListActions(
        message(
            "resources", "ListActionsRequest", resource_id=page_id(world), with_entries=True,
            **where,
        )
    ).actions
    created = stubs.messages(area("resource")).CHANGE_CREATED
    assert [action.change for action in actions] == [created]
    assert actions[0].entries and actions[0].entries[0].template
    stub.ListFacts(message("resources", "ListFactsRequest", **where), timeout=SECONDS)


def test_drift_is_planned_and_repaired(client, world):
    stub = client.stub("server", area("resources"), "Resources")
    (world / "page").write_text("defaced")
    planned = [
        resource
        for response in stub.Plan(
            message("resources", "PlanRequest", environment=ENVIRONMENT, check=True),
            timeout=SECONDS,
        )
        for resource in response.resources
    ]
    update = stubs.messages(area("resources")).PLAN_RESULT_UPDATE
    assert [item.resource_id for item in planned if item.result == update] == [page_id(world)]
    assert (world / "page").read_text() == "defaced"

    mode = stubs.messages(area("resources")).DEPLOY_MODE_DEPLOY
    asked = stub.Deploy(message("resources", "DeployRequest", environment=ENVIRONMENT, mode=mode))
    assert asked.resources >= 1
    settle(client, stub.List(message("resources", "ListRequest", environment=ENVIRONMENT)).version)
    assert (world / "page").read_text() == "one"


def test_versions(client):
    stub = client.stub("server", area("versions"), "Versions")
    environments = client.stub("server", area("environments"), "Environments")
    environments.Create(message("environments", "CreateRequest", name="versions"))
    where = {"environment": "versions"}
    text = stubs.messages(area("value")).Value

    def put(content, number, release):
        resource = message(
            "resource", "Resource", id="std::testing::NullResource[nobody,name=a]",
            fields={"name": text(string_value="a"), "value": text(string_value=content)},
            attribute_hash=hashlib.sha256(content.encode()).digest(),
        )
        requests = [
            message("versions", "PutRequest", start=message(
                "versions", "PutStart", version=number, release=release,
                idempotency_key=f"python-{content}", **where)),
            message("versions", "PutRequest", batch=message(
                "versions", "PutBatch", resources=[resource])),
            message("versions", "PutRequest", end=message("versions", "PutEnd", resources=1)),
        ]
        return stub.Put(iter(requests), timeout=SECONDS)

    number = stub.Reserve(message("versions", "ReserveRequest", **where)).version
    assert put("one", number, True).version.number == number
    repeated = put("one", number, True)
    assert repeated.already_stored and repeated.version.number == number
    second = put("two", 0, False).version.number
    assert second > number
    listed = stub.List(message("versions", "ListRequest", **where)).versions
    assert [version.number for version in listed] == [second, number]
    stored = [
        resource
        for response in stub.GetResources(
            message("versions", "GetResourcesRequest", version=second, **where), timeout=SECONDS)
        for resource in response.resources
    ]
    assert stored[0].fields["value"].string_value == "two"
    differences = list(stub.Diff(
        message("versions", "DiffRequest", from_version=number, to_version=second, **where),
        timeout=SECONDS))
    assert [field.field for field in differences[0].fields] == ["value"]
    assert stub.Release(message("versions", "ReleaseRequest", version=second, **where)).number
    with pytest.raises(grpc.RpcError) as error:
        stub.Delete(message("versions", "DeleteRequest", version=second, **where))
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    stub.Delete(message("versions", "DeleteRequest", version=number, **where), timeout=SECONDS)


def test_files(client):
    stub = client.stub("server", area("files"), "Files")
    contents = b"a file from python" * 1000
    digest = hashlib.sha256(contents).digest()
    missing = message("files", "FindMissingRequest", digests=[digest])
    assert list(stub.FindMissing(missing, timeout=SECONDS).digests) == [digest]
    parts = [contents[:7000], contents[7000:]]
    requests = [
        message("files", "UploadRequest", digest=digest, contents=part, last=part is parts[-1])
        for part in parts
    ]
    assert stub.Upload(iter(requests), timeout=SECONDS).files == 1
    assert list(stub.FindMissing(missing, timeout=SECONDS).digests) == []
    responses = stub.Download(message("files", "DownloadRequest", digest=digest), timeout=SECONDS)
    assert b"".join(response.contents for response in responses) == contents


def test_stored_logs(client, world):
    stub = client.stub("server", area("logs"), "Logs")
    request = message(
        "logs", "StreamRequest", environment=ENVIRONMENT, history=1000,
        filter=message("log", "LogFilter", resource_ids=[page_id(world)]),
    )
    entries = [entry for response in stub.Stream(request, timeout=SECONDS) for entry in response.entries]
    assert entries and all(entry.resource_id == page_id(world) for entry in entries)


def test_sessions(client):
    stub = client.stub("server", area("sessions"), "AgentSessions")
    agents = stub.List(message("sessions", "ListRequest", environment=ENVIRONMENT)).agents
    web1 = next(agent for agent in agents if agent.name == "web1")
    assert web1.connected and web1.address == client.services.address("agent")

    environments = client.stub("server", area("environments"), "Environments")
    environments.Create(message("environments", "CreateRequest", name="sessions"))
    over = threading.Event()

    def requests():
        hello = message(
            "sessions", "Hello", environment="sessions", instance_id=b"0123456789abcdef",
            name_patterns=["python*"], address="tcp://127.0.0.1:1",
        )
        yield message("sessions", "AgentMessage", hello=hello)
        over.wait(SECONDS)

    session = stub.Connect(requests(), timeout=SECONDS)
    try:
        assert next(session).welcome.lease_seconds > 0
    finally:
        over.set()
        session.cancel()


def test_the_cache_of_the_agent(client):
    stub = client.stub("agent", area("agent", "agent_cache"), "AgentCache")
    entries = stub.List(message("agent", "ListCacheRequest", "agent_cache"), timeout=SECONDS).entries
    assert entries, "the built-in handlers keep something"
    before = stub.GetStatistics(message("agent", "GetCacheStatisticsRequest", "agent_cache"))
    one = message("agent", "CacheFilter", "agent_cache", key=entries[0].key)
    dropped = stub.Invalidate(message("agent", "InvalidateCacheRequest", "agent_cache", filter=one))
    assert dropped.invalidated == 1
    left = stub.List(message("agent", "ListCacheRequest", "agent_cache"), timeout=SECONDS).entries
    assert entries[0].key not in [entry.key for entry in left]
    after = stub.GetStatistics(message("agent", "GetCacheStatisticsRequest", "agent_cache"))
    assert after.invalidated == before.invalidated + 1


def test_control_of_the_agent(client, world):
    stub = client.stub("agent", area("agent", "agent_control"), "AgentControl")
    file = "agent_control"
    status = stub.GetStatus(message("agent", "GetStatusRequest", file), timeout=SECONDS)
    assert status.connected and status.environment == ENVIRONMENT
    states = stub.ListStates(message("agent", "ListStatesRequest", file), timeout=SECONDS).states
    assert page_id(world) in [state.resource_id for state in states]
    assert stub.Pause(message("agent", "PauseRequest", file), timeout=SECONDS).paused
    assert not stub.Resume(message("agent", "ResumeRequest", file), timeout=SECONDS).paused
    mode = stubs.messages(area("resources")).DEPLOY_MODE_REPAIR
    asked = stub.Deploy(message("agent", "AgentDeployRequest", file, mode=mode), timeout=SECONDS)
    assert asked.resources == len(states)


def test_every_method_was_called(client):
    """Last: what is promised to other languages is all of it."""
    promised = {
        f"/{service.full_name}/{method.name}"
        for path in stubs.files()
        if not path.startswith("bench/")
        for service in stubs.messages(path.removesuffix(".proto")).DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    called = {method if isinstance(method, str) else method.decode() for method in CALLED}
    assert promised - called - {"/grpc.health.v1.Health/List"} == set()
