// swift-format-ignore-file
// Made by generate-models.sh from the files in Models; do not edit.

/// The texts of the library's model files, by namespace.
enum LibraryModels {
  static let texts: [String: String] = [
    "exec": ##"""
      """Running commands."""

      entity Run extends std::Resource:
          """
          Runs a command when it must.

          :attr command: The command and its arguments, split as a shell does; no shell runs.
          :attr creates: A path; if it exists the command is not run.
          :attr cwd: The folder to run in.
          :attr environment: Environment variables.
          :attr onlyif: A command; if it fails the main command is not run.
          :attr unless: A command; if it succeeds the main command is not run.
          :attr path: Where commands are searched, separated by colons.
          :attr reload: The command that reloads; if it is empty the main command does.
          :attr reload_only: Whether the command runs only to reload, when something it requires changed.
          :attr returns: The exit codes that are a success.
          :attr timeout: The seconds after which a command is ended.
          :attr skip_on_fail: Whether a failure leaves the resource skipped instead of failed.
          """
          string command
          string creates = ""
          string cwd = ""
          dict environment = {}
          string onlyif = ""
          string path = ""
          string reload = ""
          bool reload_only = false
          int[] returns = [0]
          int timeout = 300
          string unless = ""
          bool skip_on_fail = false
      end

      Run.host [1] -- std::Host

      index Run(host, command)

      implement Run using std::none

      """##,
    "std": ##"""
      """
      The standard library: what other modules build on.

      Every entity extends std::Entity, which the compiler makes, with the relation
      `requires [0:] -- provides [0:]` to itself.
      """

      # Types.

      typedef date as string matching std::validate_type("datetime.date", self)
      typedef time as string matching std::validate_type("datetime.time", self)
      typedef datetime as string matching std::validate_type("datetime.datetime", self)

      typedef ipv4_address as string matching std::validate_type("ipaddress.IPv4Address", self)
      typedef ipv4_interface as string matching std::validate_type("ipaddress.IPv4Interface", self)
      typedef ipv4_network as string matching std::validate_type("ipaddress.IPv4Network", self)
      typedef ipv6_address as string matching std::validate_type("ipaddress.IPv6Address", self)
      typedef ipv6_interface as string matching std::validate_type("ipaddress.IPv6Interface", self)
      typedef ipv6_network as string matching std::validate_type("ipaddress.IPv6Network", self)
      typedef ipv_any_address as string matching std::validate_type("pydantic.IPvAnyAddress", self)
      typedef ipv_any_interface as string matching std::validate_type("pydantic.IPvAnyInterface", self)
      typedef ipv_any_network as string matching std::validate_type("pydantic.IPvAnyNetwork", self)

      typedef uuid as string matching std::validate_type("uuid.UUID", self)
      typedef email_str as string matching std::validate_type("pydantic.EmailStr", self)
      typedef name_email as string matching std::validate_type("pydantic.NameEmail", self)
      typedef any_url as string matching std::validate_type("pydantic.AnyUrl", self)
      typedef any_http_url as string matching std::validate_type("pydantic.AnyHttpUrl", self)
      typedef http_url as string matching std::validate_type("pydantic.HttpUrl", self)

      typedef negative_float as float matching self < 0
      typedef negative_int as int matching self < 0
      typedef positive_float as float matching self > 0
      typedef positive_int as int matching self > 0

      typedef alfanum as string matching /^[a-zA-Z0-9]*$/
      typedef base64 as string matching std::is_base64_encoded(self)
      typedef printable_ascii as string matching /^[\x20-\x7e]*$/
      typedef ascii_word as string matching /^[\x21-\x7e]*$/
      typedef non_empty_string as string matching /^.*\S.*$/
      typedef port as int matching self >= 0 and self < 65536
      typedef hoststring as string matching /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
      typedef config_agent as string matching self != "internal"

      # Boxes that carry a value out of a block.

      entity MutableString:
          """A box for a string: set it in one branch, read it after all of them."""
          string? value
      end

      entity MutableInt:
          """A box for an integer."""
          int? value
      end

      entity MutableFloat:
          """A box for a float."""
          float? value
      end

      entity MutableBool:
          """A box for a boolean."""
          bool? value
      end

      implement MutableString using none
      implement MutableInt using none
      implement MutableFloat using none
      implement MutableBool using none

      # Resources.

      implementation none for Entity:
          """Does nothing: what an entity uses that needs no implementation."""
      end

      entity Dataclass:
          """The parent of entities that exist as a data class in another language."""
      end

      entity Resource:
          """
          Something that an agent manages.

          :attr send_event: Whether resources that require this one hear of its changes.
          :attr receive_events: Whether this resource hears of changes of what it requires.
          :attr report_only: Whether differences are reported only, never repaired.
          """
          bool send_event = true
          bool receive_events = true
          bool report_only = false
      end

      entity PurgeableResource extends Resource:
          """
          A resource that can be taken away.

          :attr purged: Whether it must not exist.
          :attr purge_on_delete: Whether it is purged when it leaves the model.
          """
          bool purged = false
          bool purge_on_delete = false
      end

      entity ManagedResource extends Resource:
          """
          A resource that may be left alone.

          :attr managed: Whether it is exported at all.
          """
          bool managed = true
      end

      entity DiscoveryResource extends Resource:
          """A resource that finds other resources."""
      end

      entity ResourceSet:
          """
          Resources that are exported together in a partial export.

          :attr name: The name of the set.
          """
          non_empty_string name
      end

      ResourceSet.resources [0:] -- Resource

      index ResourceSet(name)

      implement ResourceSet using none

      # Machines.

      entity OS:
          """
          An operating system.

          :attr name: Its name.
          :attr version: Its version.
          :attr python_cmd: The command that starts Python.
          """
          string name
          float version = 0.0
          string? python_cmd = "python"
      end

      OS.member [0:] -- OS.family [0:1]

      implement OS using none

      unix = OS(name="unix")
      windows = OS(name="windows")
      linux = OS(name="linux", family=unix, python_cmd="python3")
      solaris = OS(name="solaris", family=unix)
      freebsd = OS(name="freebsd", family=unix)
      openbsd = OS(name="openbsd", family=unix)
      macos = OS(name="macos", family=unix)

      entity ManagedDevice:
          """Something that agents manage, by name."""
          hoststring name
      end

      entity Host extends ManagedDevice:
          """
          A machine with an operating system.

          :attr ip: Its address for management.
          :attr remote_agent: Whether an agent elsewhere manages it.
          :attr remote_user: The user to log in as.
          :attr remote_port: The port of its remote shell.
          """
          ipv_any_address? ip = null
          bool remote_agent = false
          string remote_user = "root"
          port remote_port = 22
      end

      Host.os [1] -- OS

      index Host(name)

      entity HostConfig:
          """What is configured on a host by other modules."""
      end

      HostConfig.host [1] -- Host.host_config [1]

      entity HostGroup:
          """Hosts that belong together."""
          string name
      end

      HostGroup.hosts [0:] -- Host.host_groups [0:]

      implementation hostDefaults for Host:
          self.host_config = HostConfig(host=self)
      end

      implement Host using hostDefaults
      implement HostConfig using none
      implement HostGroup using none

      entity AgentConfig extends PurgeableResource:
          """
          How an agent is started.

          :attr agentname: The name of the agent.
          :attr autostart: Whether the server starts it.
          :attr agent: The agent that configures this one.
          :attr uri: Where the agent finds what it manages.
          """
          bool autostart = false
          config_agent agentname
          string agent = "internal"
          string uri = "local:"
      end

      index AgentConfig(agentname)

      implement AgentConfig using none

      # Files.

      entity Reload extends Resource:
          """
          A resource that can reload something when what it requires has changed.

          :attr reload: Whether it reloads then.
          """
          bool reload = false
      end

      entity ConfigFile extends File:
          """A configuration file with the usual owner and permissions."""
          int? mode = 644
          string? owner = "root"
          string? group = "root"
      end

      entity File extends Reload, PurgeableResource, ManagedResource:
          """
          A file with its content.

          :attr path: Its absolute path.
          :attr content: What is in it.
          :attr mode: Its permissions, as the digits that chmod takes: 644; null leaves them alone.
          :attr owner: Its owner; null leaves it alone.
          :attr group: Its group; null leaves it alone.
          :attr send_event: Whether resources that require it hear of its changes.
          :attr content_separator: What stands between the prefix, the content and the suffix.
          """
          string path
          string content = ""
          int? mode = null
          string? owner = null
          string? group = null
          bool send_event = true
          string content_separator = "\n"
      end

      File.host [1] -- Host.files [0:]
      File.prefix_content [0:] -- Content
      File.suffix_content [0:] -- Content

      index File(host, path)

      entity Content:
          """
          A part of a file, before or after its content.

          :attr sorting_key: Orders the parts; equal keys are ordered by the value.
          :attr value: The text.
          """
          string? sorting_key = null
          string value
      end

      implement Content using none
      implement File using none
      implement ConfigFile using none

      entity Directory extends Reload, PurgeableResource, ManagedResource:
          """
          A directory.

          :attr path: Its absolute path.
          :attr mode: Its permissions, as the digits that chmod takes; null leaves them alone.
          :attr owner: Its owner; null leaves it alone.
          :attr group: Its group; null leaves it alone.
          """
          string path
          int? mode = null
          string? owner = null
          string? group = null
      end

      Directory.host [1] -- Host.directories [0:]

      index Directory(host, path)

      implement Directory using none

      entity Symlink extends Reload, PurgeableResource, ManagedResource:
          """
          A symbolic link.

          :attr source: What it points to.
          :attr target: Where the link is.
          """
          string source
          string target
      end

      Symlink.host [1] -- Host.symlinks [0:]

      index Symlink(host, target)

      implement Symlink using none

      """##,
    "std::testing": ##"""
      """Resources for tests."""

      entity NullResource extends std::ManagedResource, std::PurgeableResource:
          """
          A resource that does nothing, or fails.

          :attr name: Its name.
          :attr agentname: The agent that deploys it.
          :attr value: A value to change.
          :attr int_value: Another one.
          :attr fail: Whether its deployment fails.
          """
          string name = "null"
          string agentname = "internal"
          bool send_event = true
          bool fail = false
          string value = ""
          int int_value = 0
      end

      index NullResource(agentname, name)

      implement NullResource using std::none

      """##,
  ]
}
