/// The shapes of generated models.
enum ModelShape: String, CaseIterable {
  /// N files on N/100 hosts, with a relation and an index.
  case flat
  /// Services with nodes, interfaces and ports: conditions, loops, strings and look-ups.
  case service
  /// Each resource requires the one before.
  case chain

  /// The text of a model with about `count` instances.
  func text(count: Int) -> String {
    switch self {
    case .flat: flat(count)
    case .service: service(count)
    case .chain: chain(count)
    }
  }

  private func flat(_ count: Int) -> String {
    var text = """
      entity Machine:
        string name
        string address
      end
      entity Document:
        string path
        string content
        string owner = "root"
        int mode = 420
        bool purged = false
      end
      Machine.documents [0:] -- Document.machine [1]
      index Machine(name)
      index Document(machine, path)
      implement Machine using std::none
      implement Document using std::none

      """
    let hosts = max(1, count / 100)
    for host in 0..<hosts {
      text +=
        "m\(host) = Machine(name=\"host\(host)\", address=\"10.0.\(host / 256).\(host % 256)\")\n"
    }
    for index in 0..<count {
      text += "Document(machine=m\(index % hosts), path=\"/etc/app/file\(index).conf\", "
      text += "content=\"value = \(index)\", mode=\(384 + index % 2))\n"
    }
    return text
  }

  private func service(_ count: Int) -> String {
    var text = """
      entity Service:
        string name
        int nodes_wanted
        bool secure = false
      end
      entity Node:
        int number
        string? label
      end
      entity Interface:
        int number
        string address
      end
      entity Port:
        int number
        string text = ""
      end
      Service.nodes [0:] -- Node.service [1]
      Node.interfaces [0:] -- Interface.node [1]
      Interface.ports [0:] -- Port.interface [1]
      index Service(name)
      index Node(service, number)
      index Interface(node, number)
      index Port(interface, number)
      implementation grow for Service:
        for n in [1, 2]:
          self.nodes += Node(number=n)
        end
      end
      implementation connect for Node:
        self.label = "{{self.service.name}}-{{self.number}}"
        for i in [1, 2]:
          self.interfaces += Interface(number=i, address="10.{{self.number}}.{{i}}.1")
        end
      end
      implementation expose for Interface:
        self.ports = [Port(interface=self, number=p, text=f"{p:05d}") for p in [80, 443] if p > 0]
      end
      implementation lock for Service:
        first = Node[service=self, number=1]
        name = first.label
        if self.nodes_wanted > 1:
          self.summary = std::MutableString(value="{{name}} of {{self.name}}")
        end
      end
      Service.summary [0:1] -- std::MutableString
      implement Service using grow
      implement Service using lock when self.secure
      implement Node using connect
      implement Interface using expose
      implement Port using std::none

      """
    // One service makes 2 nodes, 4 interfaces and 8 ports.
    for index in 0..<max(1, count / 15) {
      let secure = index % 2 == 0 ? "true" : "false"
      text += "Service(name=\"s\(index)\", nodes_wanted=\(1 + index % 3), secure=\(secure))\n"
    }
    return text
  }

  private func chain(_ count: Int) -> String {
    var text = """
      entity Step:
        string name
      end
      index Step(name)
      implement Step using std::none
      s0 = Step(name="s0")

      """
    for index in 1..<max(2, count) {
      text += "s\(index) = Step(name=\"s\(index)\", requires=s\(index - 1))\n"
    }
    return text
  }
}
